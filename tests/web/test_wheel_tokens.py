"""The wheel page asks for tokens, keeps them to its own API, and says so where there is none."""

from playwright.sync_api import Page, expect

from chromium import Heard
from scripted_api import ScriptedApi, refused
from wheel_page import REFUSED_BY_STATUS, Wheel


def configured(page: Page, script: str) -> None:
    """Let the page's config.js be this."""
    page.route("**/config.js", lambda route: route.fulfill(content_type="text/javascript", body=script))


def test_a_token_that_has_run_out_is_asked_for_again_once(api: ScriptedApi, page: Page, heard: Heard) -> None:
    heard.expected = [f"{REFUSED_BY_STATUS} 401"]
    configured(
        page,
        """let asked = 0;
        export default {api: "/api", activity: "100001", language: "en", token: async () => `token-${asked += 1}`};""",
    )
    api.token, api.wins = "token-1", ["2"]
    page.goto(api.url)
    wheel = Wheel(page).is_ready()
    api.token = "token-2"  # noqa: S105  # of a test

    assert wheel.draw() == "You have won: iphone"
    assert [draw.body for draw in api.draws] == [{}, {}]
    assert len(api.keys) == 1
    api.token = "none that anybody gets"  # noqa: S105
    wheel.button.click()
    expect(wheel.said).to_contain_text("You are not signed in.")


def test_a_draw_without_an_answer_waits_for_its_own_user(api: ScriptedApi, page: Page, heard: Heard) -> None:
    heard.expected = [f"{REFUSED_BY_STATUS} 500"]
    configured(
        page,
        """const token = () => `e30.${btoa(JSON.stringify({sub: sessionStorage.getItem("who") ?? "anna"}))}.x`;
        export default {api: "/api", activity: "100001", language: "en", token};""",
    )
    api.wins, api.turns = ["2"], [refused(500, "0001", "internal error")]
    page.goto(api.url)
    Wheel(page).is_ready().button.click()
    page.get_by_role("button", name="Ask again for my draw").wait_for()

    page.evaluate("sessionStorage.setItem('who', 'ben')")
    page.reload()
    Wheel(page).is_ready()
    assert len(api.draws) == 1
    page.evaluate("sessionStorage.setItem('who', 'anna')")
    page.reload()

    assert Wheel(page).stopped() == "You have won: iphone"
    assert len(api.draws) == 2
    assert len(api.keys) == 1


def test_a_link_cannot_send_a_token_to_another_api(api: ScriptedApi, page: Page, heard: Heard) -> None:
    """Only a page on one's own machine takes the API and the user from its address."""
    heard.expected = ["a request leaves this machine: https://shop.example/"]
    shop = "https://shop.example"
    asked: list[str] = []
    page.route(
        f"{shop}/**", lambda route: route.fulfill(response=route.fetch(url=api.url + route.request.url[len(shop) :]))
    )
    configured(page, 'export default {api: "/api", activity: "100001", token: () => "a-secret"};')
    page.on("request", lambda request: asked.append(request.url))
    api.token = "a-secret"  # noqa: S105  # of a test

    page.goto(f"{shop}/?api=http://127.0.0.1:9/theirs&user=eve&language=en")
    Wheel(page).is_ready()

    assert {url for url in asked if not url.startswith((shop, "data:"))} == set()
    assert any(each.path.startswith("/users/me/") for each in api.asked)


def test_a_user_who_is_not_signed_in_is_told_before_the_first_press(api: ScriptedApi, page: Page) -> None:
    configured(
        page,
        """const token = async () => {
          if (sessionStorage.getItem("signed in")) return "a-token";
          throw new Error("nobody");
        };
        export default {api: "/api", activity: "100001", language: "en", token};""",
    )
    api.token, api.wins = "a-token", ["2"]
    page.goto(api.url)
    wheel = Wheel(page)
    expect(wheel.said).to_contain_text("You are not signed in.")
    expect(page.get_by_text("Good luck!")).to_have_count(0)
    wheel.button.click()
    expect(page.get_by_role("button", name="Ask again for my draw")).to_be_visible()
    assert "Your draw is kept" not in wheel.said.inner_text()
    assert api.draws == []

    page.evaluate("sessionStorage.setItem('signed in', 'yes')")
    assert wheel.draw() == "You have won: iphone"
    expect(wheel.said).to_have_text("")
