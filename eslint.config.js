import tseslint from "typescript-eslint";

/** One import-direction rule: files under `room` may not import what matches `forbidden`. */
const room = (name, forbidden, message) => ({
  files: [`${name}/**/*.ts`],
  rules: {
    "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }],
  },
});

export default tseslint.config(
  { ignores: ["node_modules/", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
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
  { files: ["quickstart/**/*.ts", "sandbox/**/*.ts", "test/e2e/**/*.ts"], rules: { "no-console": "off" } },
  room(
    "components",
    "^\\.\\./(?!components/)",
    "A component knows only other components' types, never config, app or tools.",
  ),
  room("app", "^(\\.\\./(?!app/)|@pulumi/)", "The app runs in the image and knows nothing of the stack."),
  room("sandbox", "^(\\.\\./)+(app|components|quickstart|config|index)", "The sandbox stands alone."),
);
