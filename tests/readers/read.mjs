// What the readers of npm make of JUnit files, as JSON: {reader: {file: {case: state}}}.
//
// usage: node read.mjs FOLDER_WITH_NODE_MODULES FILE...
// A state is the reader's own word. Beside the cases, "tests" holds the number of tests that the reader counted.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const load = (name) => import(pathToFileURL(join(folder, 'node_modules', name)).href);
const { convertJUnitToCTRFReport } = await load('junit-to-ctrf/dist/index.js');
const { parse: junit2json } = await load('junit2json/dist/esm/index.js');
const { parse: parseResults } = require('test-results-parser');
const JunitParser = require('junitxml-to-javascript');

const readers = {
  'junit-to-ctrf': async (file) => {
    const { results } = await convertJUnitToCTRFReport(file, { useSuiteName: false });
    const cases = results.tests.map((test) => [test.name, test.flaky ? 'flaky' : test.status]);
    return { ...Object.fromEntries(cases), tests: results.summary.tests };
  },
  junit2json: async (file) => {
    const root = await junit2json(readFileSync(file, 'utf8'));
    const word = (found) => ['failure', 'error', 'skipped'].find((tag) => found[tag] !== undefined) ?? 'passed';
    const cases = root.testsuite.flatMap((suite) => suite.testcase.map((found) => [found.name, word(found)]));
    return { ...Object.fromEntries(cases), tests: Number(root.tests) };
  },
  'junitxml-to-javascript': async (file) => {
    const { testsuites } = await new JunitParser().parseXMLFile(file);
    const cases = testsuites.flatMap((suite) => suite.testCases.map((found) => [found.name, found.result]));
    return { ...Object.fromEntries(cases), tests: testsuites.reduce((sum, suite) => sum + suite.tests, 0) };
  },
  'test-results-parser': async (file) => {
    const report = parseResults({ type: 'junit', files: [file] });
    const cases = report.suites.flatMap((suite) => suite.cases.map((found) => [found.name, found.status]));
    return { ...Object.fromEntries(cases), tests: report.total };
  },
};

const seen = {};
for (const [name, read] of Object.entries(readers)) {
  seen[name] = {};
  for (const file of files) {
    seen[name][file] = await read(file);
  }
}
process.stdout.write(JSON.stringify(seen));
