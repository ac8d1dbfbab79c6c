// Audits a running server by the checks of GraphQL over HTTP that graphql-http
// brings along (https://graphql-http.com lists them).
//
//	fieldwork dev &
//	FIELDWORK_TOKEN=fw_... npm run audit -- http://127.0.0.1:8080/graphql
//
// A line for each check that is not ok. Exits with 1 when a check of what the
// specification says MUST be fails; SHOULD and MAY are told only.

import { auditServer } from "graphql-http";

const url = process.argv[2] ?? "http://127.0.0.1:8080/graphql";
const token = process.env.FIELDWORK_TOKEN;
if (!token) {
  console.error("set FIELDWORK_TOKEN to a token");
  process.exit(2);
}

const results = await auditServer({
  url,
  fetchFn: (to, init = {}) => fetch(to, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
});
const count = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const r of results) {
  count[r.status]++;
  if (r.status === "ok") continue;
  const body = r.response ? ` (${r.response.status} ${(await r.response.clone().text().catch(() => "")).slice(0, 200)})` : "";
  console.log(`${r.status}\t${r.id}\t${r.name}: ${r.reason}${body}`);
}
console.log(`${results.length} checks: ${count.ok} ok, ${count.notice} notices (MAY), ${count.warn} warnings (SHOULD), ${count.error} errors (MUST)`);
process.exit(count.error > 0 ? 1 : 0);
