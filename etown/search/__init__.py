"""Finding records by words, in English, Chinese and pinyin, through an index of our own tokens.

The store is derived: kept by the transaction of every edit, rebuilt by `manage.py rebuild_search`, switched off by
`ETOWN_SEARCH_INDEX=false`, and it holds nothing that is not public. The packaged ways find next to nothing of one or
two Chinese characters, or read every row for them.
"""

from etown.search.declared import Searched, searched_models
from etown.search.finding import Hits, counts, first_hits, found, found_ids, matching, ranked, ranked_ids
from etown.search.highlights import excerpt, highlight, told_by
from etown.search.names import Suggestion, did_you_mean, suggestions
from etown.search.tokens import conditions, holds, tokens_of

__all__ = [
    "Hits",
    "Searched",
    "Suggestion",
    "conditions",
    "counts",
    "did_you_mean",
    "excerpt",
    "first_hits",
    "found",
    "found_ids",
    "highlight",
    "holds",
    "matching",
    "ranked",
    "ranked_ids",
    "searched_models",
    "suggestions",
    "tokens_of",
    "told_by",
]
