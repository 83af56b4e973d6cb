"""The page of a node in a real browser, against a network of real nodes. Run it by Tools/page-test."""

import base64
import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

BUILD = Path(os.environ["PARSEC_BUILD"])
PORT = 17_400
PAYLOADS = 12


def url(node, path=""):
    return f"http://127.0.0.1:{PORT + 1_000 + node}{path}"


def get(node, path):
    with urllib.request.urlopen(url(node, path), timeout=10) as answer:
        return json.load(answer)


class Network:
    """Four nodes that have agreed on some payloads and are quiet."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="parsec-page-")
        self.path = Path(self.folder.name) / "net"
        node = BUILD / "parsec-node"
        subprocess.run([node, "testnet", "-n", "4", "-o", self.path, "--port", str(PORT)], check=True, stdout=subprocess.DEVNULL)
        self.nodes = [
            subprocess.Popen([node, "run", "--config", self.path / f"node{number}/node.toml"], stderr=subprocess.DEVNULL)
            for number in range(1, 5)
        ]
        try:
            self.fill()
        except BaseException:
            self.stop()
            raise

    def fill(self):
        self.wait(lambda: all(get(number, "/status")["phase"] == "member" for number in range(1, 5)))
        for payload in range(PAYLOADS):
            number = 1 + payload % 4
            token = (self.path / f"node{number}/token").read_text().strip()
            request = urllib.request.Request(url(number, "/submit?wait=true"), f"payment {payload}".encode(), method="POST")
            request.add_header("Authorization", f"Bearer {token}")
            urllib.request.urlopen(request, timeout=60).read()
        self.wait(lambda: all(self.is_done(get(number, "/status")) for number in range(1, 5)))

    @staticmethod
    def is_done(status):
        return status["quiet"] and status["blocks"] == PAYLOADS + 1

    @staticmethod
    def wait(holds):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError("the nodes did not come to what was waited for")

    def stop(self):
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.wait()
        self.folder.cleanup()


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.stop)
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        cls.browser = cls.playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.routes = []

    def open(self, path="/", scheme="light", width=1366, height=768):
        page = self.browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.addCleanup(page.close)
        self.errors, self.hosts = [], set()
        page.on("console", lambda message: self.errors.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        for part, change in self.routes:
            page.route(url(1, part), change)
        page.goto(url(1, path))
        self.until(page, "window.parsec && parsec.own.count > 0 && parsec.own.count === parsec.own.total")
        page.wait_for_selector("#blocks li")
        return page

    @staticmethod
    def until(page, holds):
        """Waits until an expression holds; the page's policy keeps the browser from evaluating it by itself."""
        end = time.monotonic() + 30
        while not page.evaluate(holds):
            if time.monotonic() > end:
                raise AssertionError(f"never: {holds}")
            page.wait_for_timeout(50)

    def shoot(self, page, name):
        if folder := os.environ.get("PARSEC_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}.png")

    def check_no_errors(self):
        self.assertEqual(self.errors, [])

    def test_loads_without_errors_and_shows_all_events_and_blocks(self):
        for scheme in ("light", "dark"):
            with self.subTest(scheme):
                page = self.open(scheme=scheme)
                status = get(1, "/status")
                self.assertEqual(page.evaluate("parsec.own.count"), status["events"])
                self.assertIn(f"{status['events']} events, {status['blocks']} blocks", page.locator("#status").inner_text())
                self.assertEqual(page.locator("#blocks li").count(), status["blocks"])
                self.assertIn("payment", page.locator("#blocks").inner_text())
                self.assertEqual(self.hosts, {url(1).removeprefix("http://")})
                page.wait_for_timeout(1_500)  # the next poll
                self.shoot(page, f"page-{scheme}")
                self.check_no_errors()

    def test_draws_what_is_visible_only(self):
        page = self.open()
        count = page.evaluate("parsec.own.count")
        self.assertGreater(count, 300)
        drawn = page.evaluate("parsec.panes[0].drawn")
        self.assertGreater(drawn, 20)
        self.assertLess(drawn, count / 3)

    def test_rows_and_lanes_are_those_of_the_pictures(self):
        page = self.open()
        svg = Path(self.network.folder.name) / "graph.svg"
        subprocess.run([BUILD / "parsec-graph", "dump", url(1), "--svg", svg], check=True, stdout=subprocess.DEVNULL)
        drawn = re.findall(r'<rect x="(\d+)" y="(\d+)" width="62"', svg.read_text())
        rows = page.evaluate("parsec.own.row.map((row, event) => [parsec.panes[0].x(event), row])")
        metrics = page.evaluate("parsec.own.metrics")
        of_picture = sorted((int(x) + metrics["eventWidth"] // 2, (int(y) - 86) // metrics["rowHeight"]) for x, y in drawn)
        self.assertEqual(len(of_picture), len(rows))
        # Lanes and rows, whatever the margins are.
        self.assertEqual([row for _, row in of_picture], [row for _, row in sorted(map(tuple, rows))])

    def test_search_finds_payloads_events_digests_and_blocks(self):
        page = self.open()
        query = page.locator("#query")
        query.fill("payment 7")
        query.press("Enter")
        votes = page.evaluate("parsec.own.notes.filter((notes) => notes.includes('payment 7')).length")
        self.assertGreaterEqual(votes, 3)
        self.assertEqual(page.locator("#matches").inner_text(), f"{votes} found")
        self.assertEqual(page.evaluate("parsec.own.notes[parsec.panes[0].selected]"), ["payment 7"])
        # The selected event is in sight.
        place = page.evaluate("(() => { const p = parsec.panes[0]; return [p.screen(p.x(p.selected), p.y(p.selected)), p.width, p.height] })()")
        (x, y), width, height = place
        self.assertTrue(0 < x < width and 0 < y < height, place)
        first = page.evaluate("parsec.panes[0].selected")
        query.press("Enter")
        self.assertNotEqual(page.evaluate("parsec.panes[0].selected"), first)
        name, digest = page.evaluate("[parsec.own.name(100), parsec.own.digest[100]]")
        for text in (name, digest):
            query.fill(text)
            query.press("Enter")
            self.assertEqual(page.evaluate("parsec.panes[0].selected"), 100)
        query.fill("#3")
        query.press("Enter")
        self.assertEqual(page.locator("#details h2").first.inner_text(), "Block 3")
        query.fill("there is no such thing")
        query.press("Enter")
        self.assertEqual(page.locator("#matches").inner_text(), "nothing")
        self.check_no_errors()

    def test_each_of_several_votes_of_an_event_is_found(self):
        def add(route):
            view = route.fetch().json()
            for event in view["events"]:
                if event[9:] == ["payment 7"]:
                    event.append("payment 7 again")
            route.fulfill(json=view)

        self.routes = [("/graph/view?*", add)]
        page = self.open()
        page.locator("#query").fill("payment 7 again")
        page.locator("#query").press("Enter")
        self.assertNotEqual(page.locator("#matches").inner_text(), "nothing")
        self.assertEqual(page.evaluate("parsec.own.note(parsec.panes[0].selected, 17)"), "payment 7 +1")

    def test_payloads_are_text_never_markup(self):
        def mark_up(route):
            view = route.fetch().json()
            for event in view["events"]:
                event[9:] = [f"<img src=x onerror=alert(1)>{note}" for note in event[9:]]
            route.fulfill(json=view)

        def mark_up_blocks(route):
            blocks = route.fetch().json()
            for block in blocks:
                block["kind"], block["payload"] = "payload", base64.b64encode(b"<script>alert(2)</script>").decode()
            route.fulfill(json=blocks)

        self.routes = [("/graph/view?*", mark_up), ("/blocks?*", mark_up_blocks)]
        page = self.open()
        self.assertIn("<script>alert(2)</script>", page.locator("#blocks").inner_text())
        self.assertEqual(page.locator("#blocks script").count() + page.locator("img").count(), 0)
        page.locator("#query").fill("<img src")
        page.locator("#query").press("Enter")
        page.wait_for_selector("#explanation p:not(.hint)")
        self.assertEqual(page.locator("img").count(), 0)
        self.check_no_errors()

    def test_the_slider_goes_through_time(self):
        page = self.open()
        count = page.evaluate("parsec.own.count")
        page.evaluate(f"(() => {{ time.value = {count // 2}; time.dispatchEvent(new Event('input')); }})()")
        blocks = page.evaluate(f"parsec.own.blocksAt({count // 2})")
        self.assertTrue(0 < blocks < PAYLOADS + 1, blocks)
        self.assertEqual(page.locator("#moment").inner_text(), f"{count // 2} events, {blocks} blocks")
        self.until(page, f"document.querySelectorAll('#blocks li').length === {blocks}")
        visible = page.evaluate("[...parsec.panes[0].eventsBetween(0, Infinity)].length")
        self.assertEqual(visible, count // 2)
        self.shoot(page, "page-halfway")
        page.wait_for_timeout(1_500)
        self.assertEqual(page.evaluate("parsec.shared.time[0]"), count // 2, "a poll leaves the time alone")
        page.locator("#live").click()
        self.assertEqual(page.locator("#moment").inner_text(), f"{count} events, {PAYLOADS + 1} blocks")
        self.check_no_errors()

    def test_details_are_what_parsec_graph_explains(self):
        page = self.open()

        def expected(*arguments):
            output = subprocess.run([BUILD / "parsec-graph", "explain", url(1), "--json", *arguments], check=True, capture_output=True)
            return json.loads(output.stdout)

        page.locator("#blocks button", has_text="payment 5").click()
        page.wait_for_selector("#explanation table")
        number = int(page.locator("#details h2").first.inner_text().removeprefix("Block "))
        told = expected("--block", str(number))
        shown = page.locator("#explanation > p").all_inner_texts()[: len(told["sentences"])]
        readable = page.evaluate("(texts) => texts.map((text) => parsec.own.readable(text))", told["sentences"])
        self.assertEqual(shown, [text.replace(told["subject"], "“payment 5”") for text in readable])
        self.assertEqual(page.locator("#explanation tbody tr").count(), sum(len(votes["stages"]) for votes in told["election"]["metaVotes"]))
        self.shoot(page, "page-block")

        event = page.evaluate("parsec.own.eventNamed(" + json.dumps(told["election"]["decidedAt"]) + ")")
        self.assertEqual(page.evaluate(f"parsec.own.role({event})"), 2, "the deciding event has its colour")
        page.evaluate(f"parsec.shared.select(parsec.panes[0], {event}, true)")
        page.wait_for_selector("#explanation table")
        x, y = page.evaluate(f"(() => {{ const p = parsec.panes[0]; return p.screen(p.x({event}), p.y({event})) }})()")
        page.evaluate("parsec.shared.select(parsec.panes[0], -1)")
        page.locator("#canvas-a").click(position={"x": x, "y": y})
        page.wait_for_selector("#explanation table")
        decided_at = told["election"]["decidedAt"]
        told = expected("--event", decided_at)
        # A short name will do, for both.
        name = page.evaluate(f"parsec.own.name({event})")
        self.assertEqual(expected("--event", name), told)
        by_label, by_identity = (get(1, f"/explain?event={text}")["sentences"] for text in (name, decided_at))
        self.assertEqual(by_label, by_identity)
        readable = page.evaluate("(texts) => texts.map((text) => parsec.own.readable(text))", told["sentences"])
        self.assertEqual(page.locator("#explanation > p").all_inner_texts()[: len(readable)], readable)
        self.check_no_errors()

    def test_roles_are_those_of_explanations(self):
        page = self.open()
        for number in (2, 9):
            told = get(1, f"/explain?block={number}")
            for role, names in (
                (1, [observer["event"] for observer in told["election"]["observers"]]),
                (2, [told["election"]["decidedAt"]]),
            ):
                for name in names:
                    event = page.evaluate("(name) => parsec.own.eventNamed(name)", name)
                    self.assertGreaterEqual(page.evaluate(f"parsec.own.role({event})"), role, name)

    def test_keys(self):
        page = self.open()
        canvas = page.locator("#canvas-a")
        canvas.focus()
        canvas.press("Home")
        self.assertEqual(page.evaluate("parsec.panes[0].selected"), 0)
        canvas.press("ArrowDown")
        self.assertEqual(page.evaluate("parsec.own.selfParent[parsec.panes[0].selected]"), 0)
        canvas.press("ArrowUp")
        self.assertEqual(page.evaluate("parsec.panes[0].selected"), 0)
        canvas.press("End")
        last = page.evaluate("parsec.panes[0].selected")
        self.assertEqual(last, page.evaluate("parsec.own.count") - 1)
        scale = page.evaluate("parsec.shared.scale")
        canvas.press("+")
        self.assertGreater(page.evaluate("parsec.shared.scale"), scale)
        canvas.press("Escape")
        self.assertEqual(page.evaluate("parsec.panes[0].selected"), -1)
        canvas.press("[")
        self.assertEqual(page.evaluate("parsec.shared.time[0]"), last)
        canvas.press("/")
        self.assertEqual(page.evaluate("document.activeElement.id"), "query")
        page.locator("#tab-members").click()
        self.assertEqual(page.locator("#members li").count(), 4)
        self.assertIn("votes, sends, receives", page.locator("#members").inner_text())
        self.assertIn("founded", page.locator("#history").inner_text())
        self.check_no_errors()

    def test_two_nodes_side_by_side_differ_as_parsec_graph_says(self):
        page = self.open()
        page.locator("#other").fill(url(2))
        page.locator("#compare button").click()
        self.until(page, "document.getElementById('difference').textContent !== ''")
        diff = subprocess.run([BUILD / "parsec-graph", "diff", "--json", url(1), url(2)], capture_output=True)
        events = json.loads(diff.stdout)["events"]
        a, b = (sum(found["count"] for found in events if found["side"] == side) for side in "ab")
        texts = [f"Only A has {a} events, only B {b}" if events else "Both have the same events", f"the first {PAYLOADS + 1} blocks agree"]
        self.assertEqual(page.locator("#difference").inner_text(), "; ".join(texts) + ".")
        page.wait_for_timeout(1_500)
        # All lanes of both are in sight.
        for pane in (0, 1):
            rightmost, width = page.evaluate(
                f"(() => {{ const p = parsec.panes[{pane}]; return [p.screen(p.laneX(p.graph.laneCount - 1), 0)[0], p.width] }})()")
            self.assertLess(rightmost, width)
        self.assertLess(page.locator("footer").bounding_box()["height"], 60, "the footer has one row")
        self.shoot(page, "page-two")
        self.check_no_errors()

    def test_what_only_one_of_two_nodes_has_is_marked(self):
        page = self.open()

        def cut(route):
            # As if the second node had what the first has, but for the last 40 events.
            total = get(1, "/status")["events"]
            view = route.fetch(url=route.request.url.replace(url(2), url(1))).json()
            first = int(re.search(r"from=(\d+)", route.request.url)[1])
            view["events"], view["total"] = view["events"][: max(0, total - 40 - first)], total - 40
            route.fulfill(json=view, headers={"Access-Control-Allow-Origin": url(1)})

        page.route(url(2, "/graph/view?*"), cut)
        page.locator("#other").fill(url(2))
        page.locator("#compare button").click()
        self.until(page, "document.getElementById('difference').textContent !== ''")
        self.until(page, "parsec.graphs.length === 2 && parsec.shared.only[0].size > 0")
        self.assertIn("Only A has 40 events, only B 0", page.locator("#difference").inner_text())
        self.assertEqual(page.evaluate("parsec.shared.only[0].size"), 40)
        self.assertIn("only in A", page.locator("#legend").inner_text())
        self.shoot(page, "page-different")

    def test_a_node_that_does_not_answer_is_named(self):
        page = self.open()
        page.locator("#other").fill("http://127.0.0.1:1")
        page.locator("#compare button").click()
        page.wait_for_selector("#trouble:not([hidden])")
        for _ in range(2):
            self.assertIn("http://127.0.0.1:1 does not answer", page.locator("#trouble").inner_text())
            page.wait_for_timeout(1_500)  # the next poll leaves it there
        page.locator("#other").fill("")
        page.locator("#compare button").click()
        page.wait_for_selector("#trouble", state="hidden")

    def test_fits_a_small_window(self):
        page = self.open(width=800, height=700)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 800)
        self.shoot(page, "page-small")
        self.check_no_errors()


if __name__ == "__main__":
    unittest.main(verbosity=2)
