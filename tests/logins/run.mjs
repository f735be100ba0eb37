// An authorization server and an API that takes its tokens, both on loopback, driven from outside.
//
//   node run.mjs SECONDS      how long an access token lives
//   -> {login, api}           where they listen; then each line on stdin is a call, each line on stdout its result:
//   {id, do: "live", seconds}  access tokens that are given from now on live so long
//   {id, do: "end", who}       the server ends all logins of this person, as an administrator would -> {ended}
//   {id, do: "grants"}         what was asked of the token endpoint so far -> {grants: [{type, ok}]}
//
// It ends when stdin does.

import { createInterface } from "node:readline";
import { authorization } from "./authorization.mjs";
import { api } from "./api.mjs";

// The server's advice to those who run it in earnest goes where no result is read.
console.info = console.warn = () => {};

const login = await authorization(Number(process.argv[2]));
const upstream = await api(login.address);
console.log(JSON.stringify({ login: login.address, api: upstream }));

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: doing, ...call } = JSON.parse(line);
  console.log(JSON.stringify({ id, ...(await login[doing](call)) }));
}
process.exit();
