// The authorization server: code with PKCE, device flow, refresh tokens that are spent by use, revocation, introspection.

import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { device, interaction } from "./pages.mjs";

/// Starts it on a free port of this machine.
export async function authorization(seconds) {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `http://127.0.0.1:${server.address().port}`;
  let lifetime = seconds;
  const given = new Map();
  const grants = [];

  const provider = new Provider(address, {
    clients: [
      {
        client_id: "mainstay-tests",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/callback", `${address}/shown`],
      },
      { client_id: "api", client_secret: "known-to-the-api", grant_types: [], response_types: [], redirect_uris: [] },
    ],
    scopes: ["openid", "offline_access", "email", "chat"],
    claims: { openid: ["sub"], email: ["email"] },
    conformIdTokenClaims: false,
    findAccount: (_, who) => ({
      accountId: who,
      claims: () => ({ sub: who, email: `${who}@home.test` }),
    }),
    ttl: {
      AccessToken: () => lifetime,
      AuthorizationCode: 60,
      DeviceCode: 300,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 300,
      RefreshToken: 3600,
      Session: 3600,
    },
    rotateRefreshToken: true,
    cookies: { keys: ["of-one-test-run"] },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, ...device },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = "text";
      ctx.body = `${error}: ${error_description}`;
    },
  });
  const asked = ({ oidc }, ok) => grants.push({ type: oidc.params.grant_type, ok });
  provider.on("grant.success", (ctx) => asked(ctx, true));
  provider.on("grant.error", (ctx) => asked(ctx, false));

  const others = provider.callback();
  server.on("request", (request, response) => {
    const path = new URL(request.url, address).pathname;
    if (path === "/shown") shown(request, response);
    else if (path.startsWith("/interaction/")) interaction(provider, given, request, response);
    else others(request, response);
  });

  return {
    address,
    live: ({ seconds: wanted }) => {
      lifetime = wanted;
    },
    end: async ({ who }) => {
      const ended = given.get(who) ?? [];
      given.delete(who);
      for (const id of ended) {
        await provider.AccessToken.revokeByGrantId(id);
        await provider.RefreshToken.revokeByGrantId(id);
        await (await provider.Grant.find(id))?.destroy();
      }
      return { ended: ended.length };
    },
    grants: () => ({ grants }),
  };
}

/// The page of a provider that shows its code for pasting.
function shown(request, response) {
  const query = new URL(request.url, "http://127.0.0.1").searchParams;
  response.setHeader("content-type", "text/html");
  response.end(
    `<!doctype html><title>Your code</title><code id="code">${query.get("code")}#${query.get("state")}</code>`,
  );
}
