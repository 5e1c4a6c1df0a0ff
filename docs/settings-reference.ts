import ts from "typescript";

/** One row of the reference. */
export interface SettingRow {
  /** Where the setting is, as `pulumi config set --path` takes it; `[i]` stands for the place in a list. */
  readonly path: string;
  /** What its value is, in the words of a user. */
  readonly type: string;
  /** Meaning, unit, range and default: its docstring. */
  readonly meaning: string;
}

const INTRODUCTION = `# Settings

<!-- Written by \`npm run docs\` from the docstrings of the code. -->

Every setting of a stack. They stand in \`Pulumi.STACK.yaml\`; \`pulumi config set NAME VALUE\` writes one there, with
\`--path\` for a nested one (\`pulumi config set --path 'versions[1].replicas.min' 2\`) and \`--secret\` for a secret, which
is then encrypted. A wrong value stops the program before anything is created, with a line that names the setting, the
value, what is allowed and the cure. In the paths \`[i]\` is 0, 1, ...
`;

/**
 * The settings that the interface `name` of a source file has, nested ones after the one they belong to.
 *
 * @throws Error when the file has no such interface, or a setting has no docstring
 */
export function settingsOf(file: string, name: string): readonly SettingRow[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ".",
  );
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const declaration = source?.statements.find(
    (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === name,
  );
  if (declaration === undefined) throw new Error(`${file} has no interface ${name}`);
  return new Walker(checker).rowsOf(checker.getTypeAtLocation(declaration), "");
}

/** The reference as a page of Markdown. */
export function referencePage(rows: readonly SettingRow[]): string {
  const cell = (text: string): string => text.replaceAll("|", String.raw`\|`);
  const line = ({ path, type, meaning }: SettingRow): string => `| \`${path}\` | ${cell(type)} | ${cell(meaning)} |`;
  return `${INTRODUCTION}\n| setting | value | meaning |\n| --- | --- | --- |\n${rows.map(line).join("\n")}\n`;
}

class Walker {
  readonly #checker: ts.TypeChecker;

  public constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** A row for each property of `type`, and for what they hold. */
  public rowsOf(type: ts.Type, prefix: string): SettingRow[] {
    return type.getProperties().flatMap((property) => {
      const path = prefix === "" ? property.name : `${prefix}.${property.name}`;
      const held = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(property));
      const own = { path, type: this.typeName(held), meaning: this.meaningOf(property, path) };
      return [own, ...this.childrenOf(held, path)];
    });
  }

  private meaningOf(property: ts.Symbol, path: string): string {
    const text = ts.displayPartsToString(property.getDocumentationComment(this.#checker));
    if (text === "") throw new Error(`the setting ${path} has no docstring`);
    return text.replaceAll(/\{@link (\S+)\}/g, "`$1`").replaceAll(/\s+/g, " ");
  }

  private childrenOf(type: ts.Type, path: string): SettingRow[] {
    const element = this.elementOf(type);
    if (element !== undefined) return this.childrenOf(element, `${path}[i]`);
    if (!isObject(type)) return [];
    if (!type.isUnion()) return this.rowsOf(type, path);
    return type.types.flatMap((kind) =>
      this.rowsOf(kind, path).map((row) => ({ ...row, type: this.among(kind, row) })),
    );
  }

  /** The type of a row that only one kind of a union has, with that kind. */
  private among(kind: ts.Type, { type, path }: SettingRow): string {
    const discriminant = kind.getProperty("kind");
    if (discriminant === undefined || path.endsWith(".kind")) return type;
    const literal = this.#checker.getTypeOfSymbol(discriminant);
    return `${type}; of kind ${this.typeName(literal)}`;
  }

  private elementOf(type: ts.Type): ts.Type | undefined {
    if (!this.#checker.isArrayType(type) && !this.#checker.isTupleType(type)) return undefined;
    return this.#checker.getTypeArguments(type as ts.TypeReference)[0];
  }

  private typeName(type: ts.Type): string {
    if (isOutput(type)) return "secret text";
    const element = this.elementOf(type);
    if (element !== undefined) return `list of ${isObject(element) ? "objects" : this.typeName(element)}`;
    if (type.flags & ts.TypeFlags.BooleanLike || this.isBoolean(type)) return "true or false";
    if (type.isUnion()) return isObject(type) ? "object" : type.types.map((each) => this.typeName(each)).join(" or ");
    if (type.isStringLiteral()) return `\`${type.value}\``;
    if (type.flags & ts.TypeFlags.StringLike) return "text";
    if (type.flags & ts.TypeFlags.NumberLike) return "integer";
    return type.getStringIndexType() === undefined ? "object" : "object of texts";
  }

  private isBoolean(type: ts.Type): boolean {
    return type.isUnion() && type.types.every((each) => Boolean(each.flags & ts.TypeFlags.BooleanLiteral));
  }
}

function isOutput(type: ts.Type): boolean {
  const members = type.isIntersection() ? type.types : [type];
  return type.aliasSymbol?.name === "Output" || members.some((member) => member.getSymbol()?.name === "OutputInstance");
}

function isObject(type: ts.Type): boolean {
  if (isOutput(type)) return false;
  const kinds = type.isUnion() ? type.types : [type];
  return kinds.every((kind) => Boolean(kind.flags & ts.TypeFlags.Object) && kind.getStringIndexType() === undefined);
}
