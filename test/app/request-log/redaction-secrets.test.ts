import { describe, expect, it } from "vitest";
import { redact } from "../../../app/request-log/redaction.ts";

// Made up here, so that no scanner takes this file for a leak.
const LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789aBcDeFgHiJkLmNoPqRsTuVwXyZ";
const body = (length: number): string => LETTERS.slice(0, length);
const pem = (label: string, text: string): string => `-----BEGIN ${label}-----${text}-----END ${label}-----`;

describe("keys and tokens", () => {
  it.each([
    `sk-${body(48)}`,
    `sk-proj-${body(60)}`,
    `sk-ant-api03-${body(80)}-AA`,
    `hf_${body(34)}`,
    `ghp_${body(36)}`,
    `github_pat_${body(22)}_${body(59)}`,
    `glpat-${body(20)}`,
    `sk_live_${body(24)}`,
    `AKIA${body(60).toUpperCase().slice(0, 16)}`,
    `AIza${body(35)}`,
    ["xoxb", "1234567890", body(24)].join("-"),
    `eyJ${body(20)}.eyJ${body(30)}.${body(40)}`,
    pem("RSA PRIVATE KEY", `\nProc-Type: 4,ENCRYPTED\n\n${body(64)}\n${body(64)}\n`),
    pem("OPENSSH PRIVATE KEY", `\\n${body(64)}==\\n`),
  ])("are hidden: %s", (secret) => {
    expect(redact(`It is ${secret}, keep it.`)).toBe("It is [key], keep it.");
  });

  it.each([
    ["Authorization: Bearer abc", "Authorization: Bearer [key]"],
    ['"authorization": "Basic dXNlcjpwYXNz"', '"authorization": "Basic [key]"'],
    [`curl -H 'bearer ${body(20)}'`, "curl -H 'bearer [key]'"],
    ["postgres://user:p@ss!1@db:5432/x", "postgres://[key]@db:5432/x"],
    ["redis://:secret@cache", "redis://[key]@cache"],
    ["PASSWORD=hunter", "PASSWORD=[key]"],
    ["db_password = 'correct horse'", "db_password = '[key]'"],
    [`password='${pem("PRIVATE KEY", body(64))} and more'`, "password='[key]'"],
    [`password="my ${pem("PRIVATE KEY", body(64))}"`, 'password="[key]"'],
    ['{"password": "hunter"}', '{"password": "[key]"}'],
    ['{\\"password\\": \\"hunter\\"}', '{\\"password\\": \\"[key]\\"}'],
    ["my password is hunter2, and the passcode: 1234!", "my password is [key], and the passcode: [key]"],
    ["?user=ann&password=hunter&x=1", "?user=ann&password=[key]&x=1"],
    ["密码：ａｂｃ１２３", "密码：[key]"],
    [`api_key: ${body(20)}`, "api_key: [key]"],
    ["API-KEY=abcd1234", "API-KEY=[key]"],
    [`aws_secret_access_key => "${body(40)}"`, 'aws_secret_access_key => "[key]"'],
    [`AccountKey=${body(40)}==;Suffix=x`, "AccountKey=[key];Suffix=x"],
    [`token: "${body(12)}"`, 'token: "[key]"'],
    [`-----BEGIN PRIVATE KEY-----\n${body(64)}\n${body(30)}`, "[key]"],
    ["-----BEGIN PRIVATE KEY-----Proc-Type: -----BEGIN PRIVATE KEY-----abcd", "[key][key]"],
    [
      `-----BEGIN PRIVATE KEY-----\n${body(64)}\n${pem("CERTIFICATE", "\nMIIB\n")}`,
      `[key]${pem("CERTIFICATE", "\nMIIB\n")}`,
    ],
  ])("are hidden: %s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    "The password is required. Enter your password: ",
    "interface User { password: string; token: string }",
    'password = getpass("Password: ")',
    "connect(user=user, password=user.password, token=os.environ['TOKEN'])",
    "password=password",
    'api_key="YOUR_API_KEY"',
    "max_tokens: 128000, token: 50256, tokens=100",
    "the secret: practice; the token is expired",
    "reset your password: https://example.com/reset?step=1",
    'password: ""',
    "Bearer authentication-with-tokens is used",
    "task-management-for-2024-in-the-whole-company and sk-folding-cube-large-thing",
    "eyJ is how they start",
    pem("PUBLIC KEY", "\nMIIB\n"),
    "http://host:8080/path?x=a http://[::1]:80/",
    "secretName: app-credentials-v1",
  ])("are not: %s", (text) => {
    expect(redact(text)).toBe(text);
  });
});
