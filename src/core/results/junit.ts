import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { type Failure, failureOf, mostTold, type Read } from './results.ts';

const bad = ['failure', 'error'] as const;

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  );
}

/** The test cases of a suite, those of the suites in it among them. */
function casesOf(suite: XmlElement): XmlElement[] {
  return [...childrenOf(suite, 'testcase'), ...childrenOf(suite, 'testsuite').flatMap(casesOf)];
}

const has = (name: string) => (testcase: XmlElement) => childrenOf(testcase, name).length > 0;

/** What a suite says of its tests, where that isn't what stands in it. */
function contradictionIn(suite: XmlElement): string | undefined {
  const cases = casesOf(suite);
  const counts = { failures: has('failure'), errors: has('error'), skipped: has('skipped') };
  for (const [attribute, matches] of Object.entries(counts)) {
    const told = suite.attributes[attribute];
    const found = cases.filter(matches).length;
    if (told !== undefined && told !== String(found))
      return `it says ${attribute}="${told.slice(0, 20)}" and shows ${found}`;
  }
  return undefined;
}

function failureIn(testcase: XmlElement): Failure {
  const [what] = bad.flatMap((name) => childrenOf(testcase, name));
  const { name = '', classname = '' } = testcase.attributes;
  return failureOf(name, classname, what?.attributes.message ?? what?.text ?? '');
}

function suitesIn(text: string): XmlElement[] | string {
  const document = parseXml(text, { preserveDocumentType: true });
  if (document.children.some(({ type }) => type === 'doctype')) return 'a document type has no place in it';
  const { root } = document;
  if (root?.name === 'testsuite') return [root];
  if (root?.name === 'testsuites') return childrenOf(root, 'testsuite');
  return `it begins with <${root?.name.slice(0, 40)}> and not with <testsuites>`;
}

/**
 * The JUnit XML that pytest writes (`--junitxml`). A test that failed and whose teardown failed is two failures, as
 * pytest counts. Documents with a document type are refused: nothing of it, entities first, is ever read.
 */
export function readJunit(text: string): Read {
  const suites = suitesIn(text);
  if (typeof suites === 'string') return { unusable: suites };
  const contradiction = suites.map(contradictionIn).find((each) => each !== undefined);
  if (contradiction !== undefined) return { unusable: `it contradicts itself: ${contradiction}` };
  const cases = suites.flatMap(casesOf);
  const hasFailed = (testcase: XmlElement) => bad.some((name) => has(name)(testcase));
  const failed = cases.filter(hasFailed);
  const skipped = cases.filter((testcase) => has('skipped')(testcase) && !hasFailed(testcase)).length;
  const passed = cases.length - failed.length - skipped;
  const failures = failed.slice(0, mostTold).map(failureIn);
  return { results: { of: 'tests', passed, failed: failed.length, skipped, flaky: 0, failures } };
}
