import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, relative, resolve, sep } from "node:path";
import tseslint from "typescript-eslint";

const root = import.meta.dirname;
const { dependencies } = JSON.parse(readFileSync(resolve(root, "app/package.json"), "utf8"));

const packageOf = (source) => source.split("/", source.startsWith("@") ? 2 : 1).join("/");
const isBuiltin = (source) => source.startsWith("node:") || builtinModules.includes(source);
const any = () => true;
const pulumi = (source) => packageOf(source).startsWith("@pulumi/");
// The image holds no other packages than these.
const inTheImage = (source) => isBuiltin(source) || Object.keys(dependencies).includes(packageOf(source));

/**
 * Each room, a file or a folder with a slash at its end, with all that it may import: files of ours (`own`), files of
 * which it may only know the types (`types`), and packages.
 */
const rooms = {
  "index.ts": { own: ["config.ts", "components/"], packages: pulumi },
  "config.ts": { own: ["config/"], types: ["components/"], packages: pulumi },
  "config/": { own: ["config/"], types: ["components/"], packages: pulumi },
  "components/": { own: ["components/"], packages: (source) => !isBuiltin(source) },
  "policy/": { own: ["policy/"], packages: pulumi },
  "docs/": { own: ["docs/"], packages: any },
  "app/build/": { own: ["app/build/"], packages: any },
  "app/": { own: ["app/"], packages: inTheImage },
  "sandbox/": { own: ["sandbox/"], packages: any },
  "quickstart/": { own: ["quickstart/", "sandbox/"], packages: any },
  "bench/": { own: ["./"], packages: any },
  "test/": { own: ["./"], packages: any },
  "vitest.config.ts": { own: [], packages: any },
};

const pathOf = (file) => relative(root, file).split(sep).join("/");
const isIn = (place, file) => place === "./" || (place.endsWith("/") ? file.startsWith(place) : file === place);

/** Whether a room may import a file or package by that specifier, from the file at that path. */
function allows({ own, types = [], packages }, filename, source, typesOnly) {
  if (!/^[./#]|^file:/.test(source)) return packages(source);
  const file = pathOf(resolve(dirname(filename), source));
  return [...own, ...(typesOnly ? types : [])].some((place) => isIn(place, file));
}

const isTypesOnly = ({ type, importKind, exportKind }) =>
  type === "TSImportType" || importKind === "type" || exportKind === "type";

/** Every import, static or not, must be one that the file's room is allowed. */
const imports = {
  meta: {
    type: "problem",
    messages: {
      forbidden: "{{room}} may not import {{source}}.",
      homeless: "This file is in no room of eslint.config.js.",
    },
  },
  create(context) {
    const [room, allowed] = Object.entries(rooms).find(([place]) => isIn(place, pathOf(context.filename))) ?? [];
    if (allowed === undefined) {
      return { Program: (node) => context.report({ node, messageId: "homeless" }) };
    }
    const check = (node) => {
      if (!node.source) return;
      const { value = context.sourceCode.getText(node.source) } = node.source;
      // What is computed could be anything.
      const computed = node.source.type !== "Literal";
      if (computed ? allowed.packages !== any : !allows(allowed, context.filename, value, isTypesOnly(node))) {
        context.report({ node, messageId: "forbidden", data: { room, source: value } });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

const readers = "/^(Config|getConfig|allConfig)$/";

export default tseslint.config(
  { ignores: ["**/node_modules/", "**/dist/", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { rooms: { rules: { imports } } },
    rules: {
      "rooms/imports": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "max-lines": ["error", { max: 250 }],
      "max-lines-per-function": ["error", { max: 80, skipComments: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  { files: ["test/**/*.ts"], rules: { "max-lines-per-function": "off" } },
  {
    files: [
      "quickstart/**/*.ts",
      "sandbox/**/*.ts",
      "bench/**/*.ts",
      "docs/**/*.ts",
      "test/e2e/**/*.ts",
      "test/contract/**/*.ts",
    ],
    rules: { "no-console": "off" },
  },
  {
    files: ["index.ts", "config.ts", "config/**/*.ts", "components/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["process", "globalThis", "global", "require"].map((name) => ({
          name,
          message: "What a stack is made of comes from its settings alone: no environment, no disk.",
        })),
      ],
    },
  },
  {
    files: ["index.ts", "components/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: `Identifier[name=${readers}]`, message: "Only config.ts and config/ read the stack's settings." },
        {
          selector: `MemberExpression > Literal[value=${readers}]`,
          message: "Only config.ts and config/ read the stack's settings.",
        },
      ],
    },
  },
);
