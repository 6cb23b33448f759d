"""The vocabulary of the made-up directory: a few words are everywhere, and most are rare."""

import random
import re
from itertools import accumulate
from pathlib import Path

FOLDER = Path(__file__).parent
# Most frequent words first.
ENGLISH = (FOLDER / "english.txt").read_text(encoding="utf-8").split()
CHINESE = (FOLDER / "chinese.txt").read_text(encoding="utf-8").split()
# Rare words: two characters each, most of which stand in a few records only.
CHARACTERS = "晟睿泽瀚曜宸翊钧珩璟霖沐煜珂岚岳峻鹏鸿鲲骏骥璞琢瑾瑜珏玥琳琅琪瑞祥祺禾穗稷黍棠桉榕樾楠柏松梧桐槿"
SYLLABLES = re.findall(r"\w+", "ba bel cor da dex el fa gen ha in jo ka lu ma nor ol pha qui ra sen ta ul vi wen xan")
# Trades and places that a Chinese company's registered name is made of.
TRADES = [
    "生物科技",
    "生物医药",
    "医药科技",
    "医疗科技",
    "细胞技术",
    "基因科技",
    "制药",
    "医疗器械",
    "检测技术",
    "冷链物流",
]
PLACES = ["北京", "上海", "苏州", "深圳", "中关村", "亦庄"]
TRADES_EN = [
    "Biotech",
    "Biopharma",
    "Therapeutics",
    "Medical",
    "Cell Technology",
    "Genomics",
    "Diagnostics",
    "Logistics",
]


class Author:
    """Writes names and texts; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        rare_en = ["".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 4))) for _ in range(4000)]
        rare_zh = ["".join(self.chance.sample(CHARACTERS, 2)) for _ in range(3000)]
        self.english_words, self.english_weights = _skewed(ENGLISH, rare_en)
        self.chinese_words, self.chinese_weights = _skewed(CHINESE, rare_zh)

    def english(self, count: int) -> str:
        words = self.chance.choices(self.english_words, cum_weights=self.english_weights, k=count)
        sentences = [" ".join(words[start : start + 14]) for start in range(0, count, 14)]
        return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)

    def chinese(self, count: int) -> str:
        words = self.chance.choices(self.chinese_words, cum_weights=self.chinese_weights, k=count)
        return "".join("，".join("".join(words[at : at + 5]) for at in range(0, count, 5))) + "。"

    def coined(self) -> str:
        """A name as companies and drugs have them."""
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 4))).capitalize()

    def characters(self, count: int) -> str:
        return "".join(self.chance.choices(CHARACTERS, k=count))

    def often(self, share: float) -> bool:
        return self.chance.random() < share


def _skewed(frequent: list[str], rare: list[str]) -> tuple[list[str], list[float]]:
    """All words with the running sum of their weights, which fall as in any language."""
    words = list(dict.fromkeys([*frequent, *rare]))
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))
