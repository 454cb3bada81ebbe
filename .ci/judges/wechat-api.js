'use strict';

// wechat-api against the emulator. `run` sets the environment and prints what goes wrong here.
//
// Defects of wechat-api 1.35.1, and what is done about them:
//
// - `setEndpoint` always puts `https://` before the host. We set the attributes `endpoint` and `mpPrefix`.
// - `showQRCodeURL` puts the ticket into the url unescaped, which breaks on `+`. We hand it the ticket escaped.
// - It has no function for the picture. We use its `request`, which knows no status and so no typed error for a 404.
// - A call refused with 40001 is repeated once, but with the same access token, because the token kept is never
//   dropped; 42001 is not repeated at all. So both errors reach the caller, and we drop `store` to go on.

const WechatAPI = require('wechat-api');
const { Judge, NOT_LATEST, environment, moveClock } = require('./judge.js');

const judge = new Judge('wechat-api');
// The paths wechat-api asked for, in order.
const asked = [];

class Client extends WechatAPI {}

function client({ url = environment.url, appid = environment.appid, secret = environment.secret } = {}) {
  const api = new Client(appid, secret);
  api.endpoint = url;
  api.mpPrefix = `${url}/cgi-bin/`;
  return api;
}

Client.prototype.request = function (url, options, callback) {
  asked.push(new URL(url).pathname);
  return WechatAPI.prototype.request.call(this, url, options, callback);
};

const tokensAsked = () => asked.filter((path) => path === '/cgi-bin/token').length;

// A function of the SDK, awaited: its answer or its error.
function call(api, name, ...given) {
  return new Promise((resolve, reject) => {
    api[name](...given, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function picture(api, ticket) {
  return new Promise((resolve, reject) => {
    api.request(api.showQRCodeURL(encodeURIComponent(ticket)), {}, (error, bytes, response) => {
      if (error) reject(error);
      else resolve({ status: response.statusCode, type: response.headers['content-type'], bytes });
    });
  });
}

judge.run(async () => {
  const api = client();
  const create = (from) => call(from, 'createTmpQRCode', 7, 604800);

  judge.begin('an access token');
  const { accessToken } = await call(api, 'getLatestToken');
  judge.checkThat('1 to 512 characters', accessToken.length >= 1 && accessToken.length <= 512, accessToken);

  await judge.checkKinds({
    temporary: (scene, seconds) => call(api, 'createTmpQRCode', scene, seconds),
    permanent: (scene) => call(api, 'createLimitQRCode', scene),
    picture: (ticket) => picture(api, ticket),
  });
  judge.begin('one access token for all of that');
  judge.check('access token', accessToken, (await call(api, 'getLatestToken')).accessToken);
  judge.check('tokens asked for', 1, tokensAsked());

  judge.begin('the picture of a bad ticket');
  judge.check('status', 404, (await picture(api, 'gQbad+/=')).status);
  judge.begin('a wrong secret');
  await judge.checkRefusal(() => create(client({ secret: 'wrong' })), 40125, 'invalid appsecret');
  judge.begin('a wrong appid');
  await judge.checkRefusal(() => create(client({ appid: 'wxwrong' })), 40013, 'invalid appid');

  judge.begin('an access token that never was');
  const lost = client();
  lost.store = new WechatAPI.AccessToken('made-up', Date.now() + 60000);
  await judge.checkRefusal(() => create(lost), 40001, NOT_LATEST);

  judge.begin('an access token whose place another took');
  const latest = client();
  const taken = await call(latest, 'getAccessToken');
  judge.checkThat('a new access token', taken.accessToken !== accessToken, taken.accessToken);
  judge.checkThat('both good side by side', (await create(api)).ticket);
  await moveClock(301);
  await judge.checkRefusal(() => create(api), 40001, NOT_LATEST);
  judge.checkThat('the latest good still', (await create(latest)).ticket);

  judge.begin('an expired access token');
  await moveClock(7200);
  await judge.checkRefusal(() => create(latest), 42001, 'access_token expired');
  judge.begin('an expired access token, dropped');
  latest.store = undefined;
  const before = tokensAsked();
  judge.checkThat('a ticket', (await create(latest)).ticket);
  judge.check('tokens asked for', 1, tokensAsked() - before);

  judge.begin("the day's quota");
  const small = client({ url: environment.smallUrl });
  await create(small);
  await judge.checkRefusal(() => create(small), 45009, 'reach max api daily quota limit');
  judge.begin("the day's quota, cleared");
  judge.check('errcode', 0, (await call(small, 'clearQuota', environment.appid)).errcode);
  judge.checkThat('a ticket', (await create(small)).ticket);
});
