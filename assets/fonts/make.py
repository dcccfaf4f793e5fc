"""Makes the fonts in this folder from the full families.

    python3 make.py INTER_FOLDER DEJAVU_FOLDER

Inter is reduced to the scripts that file names and labels use, and its digits are made tabular:
figures that change must not move. DejaVu Sans supplies the few symbols that Inter lacks, and
DejaVu Sans Mono the letters of program text.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
LETTERS = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F),
    (0x2010, 0x2027), (0x2030, 0x203A), (0x2044, 0x2044), (0x2070, 0x209C), (0x20AC, 0x20AC),
    (0x2190, 0x2199), (0x21B5, 0x21B5), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717),
]
SYMBOLS = [
    0x2295, 0x22EF, 0x25B4, 0x25B8, 0x25BE, 0x25C2, 0x25D0, 0x2630, 0x263E, 0x2699, 0x26A0,
    0x2715, 0x2744, 0x27F2, 0x27F3, 0x2318, 0x21E7, 0x2325, 0x2303, 0x23CE,
]


def main(inter_folder, dejavu_folder):
    for weight in ["Regular", "SemiBold", "Bold"]:
        font = TTFont(Path(inter_folder) / f"Inter-{weight}.otf")
        make_digits_tabular(font)
        reduce(font, letters(), HERE / f"Inter-{weight}.otf")
    reduce(TTFont(Path(dejavu_folder) / "DejaVuSans.ttf"), SYMBOLS, HERE / "DejaVuSans-Symbols.ttf")
    mono = TTFont(Path(dejavu_folder) / "DejaVuSansMono.ttf")
    reduce(mono, range(0x20, 0x7F), HERE / "DejaVuSansMono-Ascii.ttf")


def letters():
    return [code for first, last in LETTERS for code in range(first, last + 1)]


def make_digits_tabular(font):
    gsub = font["GSUB"].table
    wanted = {i for r in gsub.FeatureList.FeatureRecord if r.FeatureTag == "tnum"
              for i in r.Feature.LookupListIndex}
    swap = {}
    for index in wanted:
        for table in gsub.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            swap.update(table.mapping)
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in table.cmap:
                glyph = table.cmap[code]
                # Subtables may share one dictionary, where the digit is swapped already.
                table.cmap[code] = swap.get(glyph, glyph)


def reduce(font, codes, path):
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["FFTM"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.save(path)


main(*sys.argv[1:])
