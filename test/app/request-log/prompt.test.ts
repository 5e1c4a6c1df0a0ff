import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loggedParameters, loggedPrompt } from "../../../app/request-log/prompt.ts";

const user = (content: unknown, others: object = {}) => ({ role: "user", content, ...others });
const CARD = "4111 1111 1111 1111";

describe("the logged prompt of a completion", () => {
  it.each([[{ prompt: "Say hello." }], [{ prompt: ["Say hello."] }], [{ prompt: "Say hello.", messages: null }]])(
    "is its text: %j",
    (body) => {
      expect(loggedPrompt(body, 100)).toEqual({ prompt: "Say hello.", truncated: false });
    },
  );

  it("is redacted", () => {
    expect(loggedPrompt({ prompt: `Pay with ${CARD}, answer to ann@example.com` }, 100)).toEqual({
      prompt: "Pay with [card], answer to [email]",
      truncated: false,
    });
  });

  it("has at most the given number of characters, counted after redaction", () => {
    expect(loggedPrompt({ prompt: "abcdef" }, 6)).toEqual({ prompt: "abcdef", truncated: false });
    expect(loggedPrompt({ prompt: "abcdefg" }, 6)).toEqual({ prompt: "abcdef", truncated: true });
    expect(loggedPrompt({ prompt: `a ${CARD}` }, 8)).toEqual({ prompt: "a [card]", truncated: false });
  });

  it.each([4, 8, 12, 20, 21])("ends before a card that would straddle its end: %i characters", (length) => {
    const { prompt, truncated } = loggedPrompt({ prompt: `Card ${CARD} is mine.` }, length);
    expect(prompt).toBe("Card [card] is mine.".slice(0, length < 11 ? Math.min(length, 5) : length));
    expect(truncated).toBe(length < 20);
  });

  it.each([
    [{ prompt: [1, 2, 3] }],
    [{ prompt: [[1, 2], [3]] }],
    [{ prompt: ["one", "two"] }],
    [{ prompt: [] }],
    [{ prompt: [7] }],
    [{ prompt: null }],
    [{ prompt: { text: "hello" } }],
    [{ input: "an embedding's text" }],
    [{}],
    [undefined],
    [null],
    ["text"],
    [["text"]],
  ])("is null for %j", (body) => {
    expect(loggedPrompt(body, 100)).toEqual({ prompt: null, truncated: false });
  });
});

describe("the logged prompt of a chat", () => {
  it("is the role and the text of its messages, redacted", () => {
    const messages = [{ role: "system", content: "Be kind." }, user("My card is 4111-1111-1111-1111.")];
    expect(loggedPrompt({ messages, prompt: "not this" }, 100)).toEqual({
      prompt: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "My card is [card]." },
      ],
      truncated: false,
    });
  });

  it("joins the text parts of a message by line ends", () => {
    const parts = [{ type: "text", text: "one" }, "two", { type: "text", text: "three" }];
    expect(loggedPrompt({ messages: [user(parts)] }, 100)).toEqual({
      prompt: [{ role: "user", content: "one\ntwo\nthree" }],
      truncated: false,
    });
  });

  it("says what was no text, and that it is not the whole prompt", () => {
    const parts = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      { type: "bob@example.com" },
      7,
    ];
    expect(loggedPrompt({ messages: [user(parts)] }, 100)).toEqual({
      prompt: [{ role: "user", content: "What is this?\n[image_url]\n[part]\n[part]" }],
      truncated: true,
    });
  });

  it.each([
    [{ role: "assistant", content: null, tool_calls: [{ id: "1" }] }, ""],
    [{ role: "tool", content: "7", tool_call_id: "1" }, "7"],
    [{ role: "user", content: { text: "hidden" } }, "[part]"],
  ])("is not the whole prompt with %j", (message, content) => {
    expect(loggedPrompt({ messages: [message] }, 100)).toEqual({
      prompt: [{ role: message.role, content }],
      truncated: true,
    });
  });

  it("is whole when what it leaves out is null", () => {
    expect(loggedPrompt({ messages: [{ role: "assistant", content: null, tool_calls: null }] }, 100)).toEqual({
      prompt: [{ role: "assistant", content: "" }],
      truncated: false,
    });
  });

  it("shares its characters among the messages, roles included", () => {
    const messages = [user("12345"), user("12345"), user("12345")];
    expect(loggedPrompt({ messages }, 27)).toEqual({ prompt: messages, truncated: false });
    expect(loggedPrompt({ messages }, 21)).toEqual({
      prompt: [user("12345"), user("12345"), user("123")],
      truncated: true,
    });
    expect(loggedPrompt({ messages }, 18)).toEqual({ prompt: [user("12345"), user("12345")], truncated: true });
    expect(loggedPrompt({ messages }, 10)).toEqual({ prompt: [user("12345"), user("1")], truncated: true });
  });

  it.each([
    ["hello"],
    [{}],
    [[null]],
    [[{ content: "no role" }]],
    [[{ role: 7, content: "x" }]],
    [[{ role: "call +14155552671", content: "x" }]],
    [[{ role: "r".repeat(33), content: "x" }]],
  ])("is null for messages that are none: %j", (messages) => {
    expect(loggedPrompt({ messages }, 100)).toEqual({ prompt: null, truncated: false });
  });

  it("never throws and never has more characters than it may", () => {
    const part = fc.oneof(fc.jsonValue(), fc.record({ type: fc.constant("text"), text: fc.jsonValue() }));
    const message = fc.record({ role: fc.constantFrom("user", "system", ""), content: fc.oneof(part, fc.array(part)) });
    const body = fc.oneof(
      fc.anything(),
      fc.record({ messages: fc.array(message) }),
      fc.record({ prompt: fc.anything() }),
    );
    fc.assert(
      fc.property(body, fc.nat(60), (any, length) => {
        const { prompt } = loggedPrompt(any, length);
        const texts = typeof prompt === "string" ? [prompt] : (prompt ?? []).map(({ content }) => content);
        expect(texts.join("").length).toBeLessThanOrEqual(length);
      }),
    );
  });
});

describe("the logged parameters", () => {
  const all = {
    max_tokens: 100,
    temperature: 0.7,
    top_p: 0.9,
    top_k: -1,
    n: 2,
    seed: 42,
    presence_penalty: 0.5,
    frequency_penalty: -0.5,
  };

  it("are the sampling parameters of the request, and nothing else of it", () => {
    const body = { ...all, stop: ["END", "STOP"], model: "m", prompt: "hello", stream: true, user: "ann" };
    expect(loggedParameters(body)).toEqual({ ...all, stop: ["END", "STOP"] });
  });

  it.each(["1", null, true, [1], {}, Number.NaN, Number.POSITIVE_INFINITY])("leave out fields that are %s", (value) => {
    const body = Object.fromEntries(
      [...Object.keys(all), "stop", "max_completion_tokens"].map((name) => [name, value]),
    );
    expect(loggedParameters({ ...body, stop: value === "1" ? null : value })).toEqual({});
  });

  it.each(["max_tokens", "top_k", "n", "seed"])("leave out a %s that is no whole number", (name) => {
    expect(loggedParameters({ [name]: 1.5 })).toEqual({});
    expect(loggedParameters({ [name]: 2 ** 53 })).toEqual({});
  });

  it("take max_completion_tokens for max_tokens in a chat only", () => {
    const limits = { max_tokens: 10, max_completion_tokens: 20 };
    expect(loggedParameters({ ...limits, messages: [user("hi")] })).toEqual({ max_tokens: 20 });
    expect(loggedParameters({ max_completion_tokens: 20, messages: [] })).toEqual({ max_tokens: 20 });
    expect(loggedParameters({ max_tokens: 10, messages: [user("hi")] })).toEqual({ max_tokens: 10 });
    expect(loggedParameters({ ...limits, prompt: "hi" })).toEqual({ max_tokens: 10 });
  });

  it("take one stop text as a list of one", () => {
    expect(loggedParameters({ stop: "END" })).toEqual({ stop: ["END"] });
  });

  it("hold 16 stop texts of 1 to 256 characters, redacted", () => {
    const stop = ["", 7, "x".repeat(257), "ann@example.com", "x".repeat(256), ...Array<string>(20).fill("s")];
    expect(loggedParameters({ stop })).toEqual({ stop: ["[email]", "x".repeat(256), ...Array<string>(14).fill("s")] });
  });

  it.each([undefined, null, "text", 7, []])("are none for the body %j", (body) => {
    expect(loggedParameters(body)).toEqual({});
  });
});
