"""Makes MPLUS1p-Regular-japanese.ttf of m-plus-1p-japanese-400-normal.woff: `python subset.py WOFF`, with fonttools.

Kept are ASCII, kana, full-width forms and the kanji of the first level of JIS X 0208; hints and features are not.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

PUNCTUATION = "‐—―‘’“”…・−\u00a0×"

font = TTFont(sys.argv[1])
wanted = {*range(0x20, 0x7F), *range(0x3000, 0x3100), *range(0xFF01, 0xFF66), *map(ord, PUNCTUATION)}
for row in range(16, 48):
    for cell in range(1, 95):
        try:
            wanted.add(ord(bytes([row + 0xA0, cell + 0xA0]).decode("euc_jp")))
        except UnicodeDecodeError:
            pass  # The last row is not full.
options = subset.Options(hinting=False, layout_features=["kern"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
options.drop_tables += ["DSIG", "vhea", "vmtx", "gasp"]
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=wanted & set(font.getBestCmap()))
subsetter.subset(font)
font.flavor = None
font.save("MPLUS1p-Regular-japanese.ttf", reorderTables=True)
