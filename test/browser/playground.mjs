// Opens the playground in Chromium and uses it as a person would.
//
//   BASE_URL=http://127.0.0.1:8080 TOKEN=... SCREENSHOT=/tmp/playground.png node playground.mjs
//
// With TOKEN it arrives by the address, without TOKEN but with EMAIL and
// PASSWORD (and perhaps ORGANISATION) it signs in by the form, and with neither
// it looks at the signed-out page. CHROMIUM names another browser than Debian's.
//
// It fails if a request leaves BASE_URL's host, if the page breaks its
// Content-Security-Policy, if the console shows an error, or if the token is
// found anywhere but in sessionStorage.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const { BASE_URL, TOKEN, EMAIL, PASSWORD, ORGANISATION, SCREENSHOT, CHROMIUM = '/usr/bin/chromium' } = process.env;
assert(BASE_URL, 'set BASE_URL');
const base = new URL(BASE_URL);
const signedOut = !TOKEN && !EMAIL;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--no-first-run'],
});
const complaints = [];
const calls = []; // bodies posted to /graphql
const page = await browser.newPage({ viewport: { width: 1440, height: 860 } });

try {
  page.setDefaultTimeout(15_000);
  page.on('console', (m) => {
    // Chromium reports every 401; the refused token below is meant to be one.
    const meant = signedOut && /status of 401/.test(m.text());
    if (m.type() === 'error' && !meant) complaints.push(`console: ${m.text()}`);
  });
  page.on('pageerror', (e) => complaints.push(`exception: ${e.message}`));
  page.on('requestfailed', (r) => complaints.push(`failed: ${r.url()} ${r.failure()?.errorText}`));
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.protocol !== 'data:' && url.host !== base.host) complaints.push(`left the host: ${r.url()}`);
    if (url.pathname === '/graphql') calls.push(r.postData() ?? '');
  });
  await page.exposeFunction('reportViolation', (text) => complaints.push(`CSP: ${text}`));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) =>
    window.reportViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sample} (${e.sourceFile}:${e.lineNumber})`)));

  await page.goto(BASE_URL + (TOKEN ? `#token=${encodeURIComponent(TOKEN)}` : ''));
  await page.locator('.graphiql-query-editor .CodeMirror').waitFor();

  if (signedOut) {
    await page.locator('#sign-in').waitFor();
    assert.equal(await page.locator('#sign-out').isVisible(), false);
    assert.equal(calls.length, 0, 'a signed-out page has nothing to ask');
  } else {
    if (!TOKEN) await signIn();
    await useGraphiQL();
    await tokenIsKeptSafe();
  }

  await picture();
  await (signedOut ? tryWrongToken() : signOut());
  assert.deepEqual(complaints, []);
  console.log(`ok: ${calls.length} calls to /graphql`);
} catch (err) {
  await picture();
  console.error(complaints.join('\n'));
  throw err;
} finally {
  await browser.close();
}

async function picture() {
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
}

async function signIn() {
  await page.fill('#sign-in [name=email]', EMAIL);
  await page.fill('#sign-in [name=password]', PASSWORD);
  await page.fill('#sign-in [name=organisation]', ORGANISATION ?? '');
  await page.click('#sign-in button');
}

async function useGraphiQL() {
  await page.locator('#organisation').waitFor();
  // The explorer lists the root types once the schema has been introspected.
  await page.getByRole('button', { name: /documentation explorer/i }).click();
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).click();
  await page.locator('.graphiql-doc-explorer').getByText('customers', { exact: true }).click();
  await page.getByRole('button', { name: /hide documentation explorer/i }).click();

  // A dialog and the menu of operations: both make a <style> element, which the
  // policy must allow.
  await page.getByRole('button', { name: /open settings dialog/i }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });

  await typeTwoOperations();
  await page.locator('.graphiql-execute-button[aria-haspopup=menu]').click();
  await page.getByRole('menuitem').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem').first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Close Tab' }).last().click();

  // The button is a menu until the editor has looked at the first tab again.
  await page.locator('.graphiql-execute-button:not([aria-haspopup])').click();
  const result = page.locator('.graphiql-response .CodeMirror');
  await page.waitForFunction((e) => /"(data|errors)"/.test(e?.CodeMirror?.getValue() ?? ''), await result.elementHandle());
  const answer = JSON.parse(await result.evaluate((e) => e.CodeMirror.getValue()));
  assert.deepEqual(answer.errors ?? [], []);
  assert(answer.data.customers.nodes.length > 0, 'the first query finds customers');
}

// typeTwoOperations opens a tab of its own and types with the keyboard, so that
// completion pops up too.
async function typeTwoOperations() {
  await page.getByRole('button', { name: 'Add tab' }).click();
  await page.locator('.graphiql-query-editor .CodeMirror').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('query A { cust', { delay: 20 });
  await page.locator('.CodeMirror-hints').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('query A { __typename } query B { __typename }');
  await page.keyboard.press('Escape');
}

async function tokenIsKeptSafe() {
  const seen = await page.evaluate(() => ({
    address: location.href, cookies: document.cookie, local: JSON.stringify(localStorage),
    markup: document.documentElement.outerHTML, token: sessionStorage.getItem('fieldwork:token'),
  }));
  assert(seen.token, 'the token is in sessionStorage');
  if (TOKEN) assert.equal(seen.token, TOKEN);
  for (const place of ['address', 'cookies', 'local', 'markup']) {
    assert(!seen[place].includes(seen.token), `the token is in the ${place}`);
  }
  assert(!calls.some((body) => body.includes(seen.token)), 'the token is in the body of a call');
  await page.waitForTimeout(1000); // GraphiQL stores its tabs half a second late
  await page.reload();
  await page.locator('#organisation').waitFor();
  await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
  await page.locator('.graphiql-execute-button').click();
  await page.waitForFunction(() => document.querySelector('.graphiql-response .CodeMirror')?.CodeMirror.getValue().includes('"data"'));
}

async function signOut() {
  await page.locator('#sign-out').click();
  await page.locator('#sign-in').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('fieldwork:token')), null);
}

async function tryWrongToken() {
  await page.fill('#use-token [name=token]', 'not-a-token');
  await page.click('#use-token button');
  await page.locator('.notice.bad', { hasText: 'This token is not valid' }).waitFor();
  assert.equal(await page.inputValue('#use-token [name=token]'), '', 'the field is emptied');
  assert.equal(await page.evaluate(() => sessionStorage.getItem('fieldwork:token')), null);
}
