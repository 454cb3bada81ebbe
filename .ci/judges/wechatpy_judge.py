"""wechatpy against the emulator. `run` sets the environment and prints what goes wrong here.

Defects of wechatpy 1.8.18, and what is done about them:

- The hosts of `fetch_access_token`, `qrcode.show` and `qrcode.get_url` stand in the middle of its code;
  `API_BASE_URL` reaches only the other calls. We set `API_BASE_URL` where it counts, and send what still goes to
  the platform's hosts to the emulator in `requests.Session.request`: the address changes, nothing else.
- `qrcode.get_url` leaves `/` in a ticket unescaped. A query may hold it, so nothing is done.
- A call refused for its access token (40001, 40014, 42001) is repeated with a new token without end, should the new
  one be refused too. Where we want to see the error, `auto_retry=False`.
- It cannot be imported without pycryptodome or cryptography, which it names as extras only. We install the former.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import APILimitedException, WeChatClientException

SDK = "wechatpy " + importlib.metadata.version("wechatpy")
URL = os.environ["EMULATOR_URL"]
CONTROL_URL = os.environ["EMULATOR_CONTROL_URL"]
# Another emulator, whose account may create one code a day.
SMALL_URL = os.environ["EMULATOR_SMALL_URL"]
APPID = os.environ["EMULATOR_APPID"]
SECRET = os.environ["EMULATOR_SECRET"]

PLATFORM = ("https://api.weixin.qq.com/", "https://mp.weixin.qq.com/")
RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")
# The sample of the platform's documents, in base64 with padding, and the url inside.
PUBLISHED = (
    "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==",
    "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI",
)

checks = failures = 0
step = "start"
# The paths wechatpy asked for, in order.
asked = []
# Where the platform's hosts are while a client of the small emulator is used, that one.
platform_is = URL

plain_request = requests.Session.request


def request(session, method, url, **options):
    for host in PLATFORM:
        if url.startswith(host):
            url = platform_is + "/" + url[len(host):]
    asked.append(url.split("?")[0].rsplit("/cgi-bin/", 1)[-1])
    return plain_request(session, method, url, **options)


requests.Session.request = request


def begin(name):
    global step
    step = name


def complain(expected, got):
    global failures
    failures += 1
    print(f"{SDK}: {step}: expected {expected}, got {got}", file=sys.stderr)


def check(what, expected, got):
    global checks
    checks += 1
    if expected != got:
        complain(f"{what} {expected!r}", repr(got))


def check_that(what, holds, got):
    global checks
    checks += 1
    if not holds:
        complain(what, repr(got))


def client(url=URL, secret=SECRET, appid=APPID, **options):
    made = WeChatClient(appid, secret, timeout=10, **options)
    made.API_BASE_URL = url + "/cgi-bin/"
    return made


def error_of(call, kind=WeChatClientException):
    """The error of this kind that `call` raises; nothing else will do."""
    try:
        answer = call()
    except WeChatClientException as error:
        check("the exception", kind.__name__, type(error).__name__)
        return error
    raise AssertionError(f"expected {kind.__name__}, got the answer {answer!r}")


def check_refusal(call, errcode, errmsg, kind=WeChatClientException):
    error = error_of(call, kind)
    check("errcode", errcode, error.errcode)
    text, found = str(error.errmsg), RID.search(str(error.errmsg))
    check_that("an errmsg that ends in a rid", found, text)
    if found:
        check("errmsg", errmsg, text[: found.start()])


def move_clock(seconds):
    answer = plain_request(
        requests.Session(), "POST", CONTROL_URL + "/clock", json={"advance": seconds}, timeout=10
    )
    if answer.status_code >= 300:
        raise AssertionError(f"the emulator's clock did not move: {answer.status_code} {answer.text}")


def scan(picture):
    """What zbar reads in a picture."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(picture)
        file.flush()
        zbar = ["zbarimg", "--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", file.name]
        done = subprocess.run(zbar, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return (done.stdout or done.stderr).decode("utf-8", "replace").rstrip("\n")


def check_picture(answer, url):
    check("status", 200, answer.status_code)
    check("Content-Type", "image/jpg", answer.headers.get("Content-Type"))
    check("a picture of", url, scan(answer.content))


def temporary(action_name, scene, expire_seconds=604800):
    return {"expire_seconds": expire_seconds, "action_name": action_name, "action_info": {"scene": scene}}


def permanent(action_name, scene):
    return {"action_name": action_name, "action_info": {"scene": scene}}


def tokens_asked():
    return asked.count("token")


def the_four_kinds(wechat):
    kinds = {
        "a temporary id": temporary("QR_SCENE", {"scene_id": 4294967295}, 2592000),
        "a temporary string": temporary("QR_STR_SCENE", {"scene_str": "门店-7"}),
        "a permanent id": permanent("QR_LIMIT_SCENE", {"scene_id": 100000}),
        "a permanent string": permanent("QR_LIMIT_STR_SCENE", {"scene_str": "华东_门店,7.a-B"}),
    }
    for name, wanted in kinds.items():
        begin(name)
        first = wechat.qrcode.create(wanted)
        lives = ["expire_seconds"] if "expire_seconds" in wanted else []
        check("the fields", sorted(["ticket", "url"] + lives), sorted(first))
        check("expire_seconds", wanted.get("expire_seconds"), first.get("expire_seconds"))
        check_that("a url of the emulator", first["url"].startswith("http://emulator.invalid/q/"), first["url"])

        begin(name + ", its picture by qrcode.show")
        check_picture(wechat.qrcode.show(first), first["url"])
        begin(name + ", its picture by qrcode.get_url")
        check_picture(requests.get(wechat.qrcode.get_url(first), timeout=10), first["url"])

        begin(name + ", the same scene again")
        second = wechat.qrcode.create(wanted)
        if lives:
            check_that("another ticket", second["ticket"] != first["ticket"], second["ticket"])
            check_that("another url", second["url"] != first["url"], second["url"])
        else:
            check("url", first["url"], second["url"])

    begin("a permanent string, the same scene with \\u escapes in the JSON")
    wanted = kinds["a permanent string"]
    escaped = wechat.post("qrcode/create", data=json.dumps(wanted, ensure_ascii=True))
    check("url", wechat.qrcode.create(wanted)["url"], escaped["url"])

    begin("permanent strings that differ")
    wanted = [permanent("QR_LIMIT_STR_SCENE", {"scene_str": text}) for text in ("店", "庄", "5")]
    wanted.append(permanent("QR_LIMIT_SCENE", {"scene_id": 5}))
    check("different urls", 4, len({wechat.qrcode.create(one)["url"] for one in wanted}))


def pictures_of_other_tickets(wechat):
    begin("the picture of a published ticket")
    ticket, url = PUBLISHED
    check_picture(wechat.qrcode.show(ticket), url)
    check_picture(requests.get(wechat.qrcode.get_url(ticket), timeout=10), url)
    begin("the picture of a bad ticket")
    check("status", 404, wechat.qrcode.show("gQbad+/=").status_code)
    check("status", 404, wechat.qrcode.show("").status_code)
    begin("the picture of a bad ticket, by the client's own get")
    error = error_of(lambda: wechat.get(wechat.qrcode.get_url("gQbad")))
    check("errcode", None, error.errcode)
    check("status", 404, error.response.status_code)


def refusals(wechat):
    begin("a wrong secret")
    check_refusal(lambda: client(secret="wrong").fetch_access_token(), 40125, "invalid appsecret")
    begin("a wrong appid")
    check_refusal(lambda: client(appid="wxwrong").fetch_access_token(), 40013, "invalid appid")
    begin("a permanent string of 66 bytes")
    wanted = permanent("QR_LIMIT_STR_SCENE", {"scene_str": "店" * 22})
    check_refusal(lambda: wechat.qrcode.create(wanted), 40053, "invalid action info")
    begin("a permanent id above 100,000")
    wanted = permanent("QR_LIMIT_SCENE", {"scene_id": 100001})
    check_refusal(lambda: wechat.qrcode.create(wanted), 40053, "invalid action info")
    begin("an action that is none")
    check_refusal(lambda: wechat.qrcode.create(permanent("QR_CARD", {"scene_id": 1})), 40052, "invalid action name")
    begin("a body that is no JSON")
    check_refusal(lambda: wechat.post("qrcode/create", data="{"), 47001, "data format error")
    begin("GET where POST is right")
    check_refusal(lambda: wechat.get("qrcode/create"), 43002, "require POST method")


NOT_LATEST = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)


def access_tokens(wechat):
    wanted = temporary("QR_SCENE", {"scene_id": 7})

    def holder(access_token, auto_retry):
        return client(access_token=access_token, auto_retry=auto_retry)

    begin("an access token that never was")
    check_refusal(lambda: holder("made-up", False).qrcode.create(wanted), 40001, NOT_LATEST)
    begin("an access token that never was, repeated by wechatpy with a new one")
    check_that("a ticket", holder("made-up", True).qrcode.create(wanted)["ticket"], None)

    begin("an access token whose place another took")
    former, latest = client().fetch_access_token(), client().fetch_access_token()
    check("expires_in", 7200, latest["expires_in"])
    check_that("a new access token", former["access_token"] != latest["access_token"], latest)
    check_that("both good side by side", holder(former["access_token"], False).qrcode.create(wanted), None)
    move_clock(301)
    check_refusal(lambda: holder(former["access_token"], False).qrcode.create(wanted), 40001, NOT_LATEST)
    check_that("the latest good still", holder(latest["access_token"], False).qrcode.create(wanted), None)

    begin("an expired access token")
    move_clock(7200)
    expired = latest["access_token"]
    check_refusal(lambda: holder(expired, False).qrcode.create(wanted), 42001, "access_token expired")
    begin("an expired access token, repeated by wechatpy with a new one")
    before = tokens_asked()
    recovering = holder(expired, True)
    check_that("a ticket", recovering.qrcode.create(wanted)["ticket"], None)
    check("tokens asked for", 1, tokens_asked() - before)
    check_that("a new access token", recovering.access_token != expired, expired)


def the_day_is_used_up():
    global platform_is
    platform_is = SMALL_URL
    begin("the day's quota")
    wechat = client(SMALL_URL)
    wanted = temporary("QR_SCENE", {"scene_id": 7})
    wechat.qrcode.create(wanted)
    check_refusal(lambda: wechat.qrcode.create(wanted), 45009, "reach max api daily quota limit", APILimitedException)
    begin("the day's quota, cleared")
    check("errcode", 0, wechat.post("clear_quota", data={"appid": APPID})["errcode"])
    check_that("a ticket", wechat.qrcode.create(wanted)["ticket"], None)
    platform_is = URL


def main():
    try:
        wechat = client()
        begin("an access token")
        access_token = wechat.access_token
        check_that("1 to 512 characters", 1 <= len(access_token) <= 512, access_token)
        the_four_kinds(wechat)
        pictures_of_other_tickets(wechat)
        refusals(wechat)
        begin("one access token for all of that")
        check("access token", access_token, wechat.access_token)
        # The wrong secret and the wrong appid asked once each.
        check("tokens asked for", 3, tokens_asked())
        access_tokens(wechat)
        the_day_is_used_up()
    except Exception as error:  # whatever it is, say in which step
        complain("no error", f"{type(error).__name__}: {error}")
    if failures:
        sys.exit(1)
    print(f"{SDK}: {checks} checks passed")


main()
