"""Draws the pictures that stand for pages when they are shared: python -m tests.browser.share_images"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parents[2] / "static" / "share"
# By kind: the name in both languages, and which stations of the line are filled.
KINDS = {
    "home": ("E-Town Invest", "投资亦庄", (1, 1, 1, 1)),
    "chain": ("Chain map", "产业链图谱", (0, 1, 1, 1)),
    "company": ("Companies", "企业", (0, 1, 1, 0)),
    "product": ("Pipeline", "在研管线", (1, 1, 0, 0)),
    "service": ("Services", "服务", (0, 0, 1, 1)),
    "news": ("News", "资讯", (0, 0, 0, 1)),
    "figure": ("Figures", "数据", (1, 0, 0, 1)),
}
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; inline-size: 1200px; block-size: 630px; box-sizing: border-box; padding: 72px 96px 64px;
  background: #faf8f4; color: #14212e; font: 30px/1.5 "Noto Sans CJK SC", sans-serif;
  display: flex; flex-direction: column; }}
h1 {{ margin: 0; font: 600 112px/1.1 "Noto Serif CJK SC", "Source Han Serif SC", serif; letter-spacing: -.01em; }}
p {{ margin: 0; color: #566371; }} h1 + p {{ margin: 18px 0 auto; font-size: 52px; color: #0b5d57; }}
svg {{ margin-block-end: 44px; }} b {{ color: #14212e; font-weight: 600; }}
</style><h1>{english}</h1><p lang="zh-Hans">{chinese}</p>
<svg width="1008" height="60" stroke="#0b5d57" stroke-width="9"><path d="M30 30H978"/>{stations}</svg>
<p><b>E-Town Invest 投资亦庄</b><br>Cell and gene therapy in Beijing E-Town　北京亦庄细胞与基因治疗</p>"""


def draw() -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        for kind, (english, chinese, filled) in KINDS.items():
            stations = "".join(
                f'<circle cx="{30 + 316 * place}" cy="30" r="24" fill="{"#0b5d57" if full else "#faf8f4"}"/>'
                for place, full in enumerate(filled)
            )
            page.set_content(PAGE.format(english=english, chinese=chinese, stations=stations))
            page.screenshot(path=FOLDER / f"{kind}.png")
        browser.close()


if __name__ == "__main__":
    draw()
