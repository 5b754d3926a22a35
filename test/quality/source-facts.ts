// What the architecture rules need to know of one source file, read from its syntax tree: imports, default exports,
// and every use of the clock, chance, timers, console or process. Comments and strings cannot mislead it.

import ts from 'typescript';

export interface ImportFact {
  readonly line: number;
  readonly from: string;
  readonly typeOnly: boolean;
  /** `import()` at run time. */
  readonly lazy: boolean;
  /** Value names that are imported; `*` for all. */
  readonly names: readonly string[];
}

export interface Facts {
  readonly imports: readonly ImportFact[];
  readonly defaultExports: readonly number[];
  readonly worldly: readonly { readonly line: number; readonly name: string }[];
  /** Nothing but re-exports. */
  readonly barrel: boolean;
}

/** Globals that are the world. A file that declares the name itself means something else by it. */
const worldlyGlobals = new Set([
  'process',
  'console',
  'performance',
  'fetch',
  'crypto',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]);
/** Members of globals that read the clock or throw dice. */
const worldlyMembers = new Set(['Date.now', 'Math.random', 'Temporal.Now']);

/** Reading a tree takes longer than all rules together, and the same sources are judged again with each planted breach. */
const known = new Map<string, Facts>();

export function factsOf(file: string, text: string): Facts {
  const facts = known.get(text) ?? readFacts(file, text);
  known.set(text, facts);
  return facts;
}

function readFacts(file: string, text: string): Facts {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const imports: ImportFact[] = [];
  const defaultExports: number[] = [];
  const worldly: { line: number; name: string }[] = [];
  const declared = new Set<string>();
  const lineOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

  collectDeclared(source);
  visit(source);
  const barrel =
    source.statements.length > 0 &&
    source.statements.every(each => ts.isExportDeclaration(each) && each.moduleSpecifier !== undefined);
  return { imports, defaultExports, worldly, barrel };

  function collectDeclared(node: ts.Node): void {
    if (
      (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) &&
      ts.isIdentifier(node.name)
    ) {
      declared.add(node.name.text);
    }
    if ((ts.isFunctionDeclaration(node) || ts.isImportSpecifier(node)) && node.name !== undefined) {
      declared.add(node.name.text);
    }
    ts.forEachChild(node, collectDeclared);
  }

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({
        ...importClause(node.importClause),
        line: lineOf(node),
        from: node.moduleSpecifier.text,
        lazy: false,
      });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({
        line: lineOf(node),
        from: node.moduleSpecifier.text,
        typeOnly: node.isTypeOnly,
        lazy: false,
        names: node.isTypeOnly ? [] : ['*'],
      });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) {
        imports.push({ line: lineOf(node), from: literal.text, typeOnly: true, lazy: false, names: [] });
      }
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const from = argument && ts.isStringLiteralLike(argument) ? argument.text : '(computed)';
      imports.push({ line: lineOf(node), from, typeOnly: false, lazy: true, names: ['*'] });
    } else if (ts.isExportAssignment(node)) defaultExports.push(lineOf(node));
    else if (isDefaultDeclaration(node)) defaultExports.push(lineOf(node));
    else worldlyUse(node);
    ts.forEachChild(node, visit);
  }

  function worldlyUse(node: ts.Node): void {
    if (ts.isNewExpression(node) && named(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0) {
      worldly.push({ line: lineOf(node), name: 'new Date() without arguments' });
    } else if (ts.isCallExpression(node) && named(node.expression) === 'Date') {
      worldly.push({ line: lineOf(node), name: 'Date()' });
    } else if (ts.isPropertyAccessExpression(node)) {
      const name = `${named(node.expression) ?? ''}.${node.name.text}`;
      if (worldlyMembers.has(name)) worldly.push({ line: lineOf(node), name });
      if (name === 'import.meta') worldly.push({ line: lineOf(node), name });
    } else if (ts.isIdentifier(node) && worldlyGlobals.has(node.text) && isValueUse(node) && !declared.has(node.text)) {
      worldly.push({ line: lineOf(node), name: node.text });
    }
  }
}

function named(node: ts.Node): string | undefined {
  return ts.isIdentifier(node) ? node.text : undefined;
}

function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  const naming =
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isBindingElement(parent) ||
    ts.isLiteralTypeNode(parent);
  return !naming;
}

function isDefaultDeclaration(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(each => each.kind === ts.SyntaxKind.DefaultKeyword) === true;
}

function importClause(clause: ts.ImportClause | undefined): Pick<ImportFact, 'typeOnly' | 'names'> {
  // `import 'x'` runs x.
  if (clause === undefined) return { typeOnly: false, names: ['*'] };
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return { typeOnly: true, names: [] };
  const names: string[] = clause.name === undefined ? [] : ['*'];
  const bindings = clause.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) names.push('*');
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    const values = bindings.elements.filter(each => !each.isTypeOnly);
    names.push(...values.map(each => (each.propertyName ?? each.name).text));
  }
  return { typeOnly: names.length === 0, names };
}
