"""Draws demo.png, the picture that `pixelwire demo` sends: an evening by a lake, above a colour card.

Made from arithmetic alone, so that it may be shipped and drawn again: python3 demo.py demo.png
"""

import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT, CARD = 960, 640, 56
HORIZON = 388


def mix(a, b, t):
    return a + (b - a) * t[..., None]


def ridge(x, base, height, waves, seed):
    random = np.random.default_rng(seed)
    line = np.zeros_like(x)
    for octave in range(waves):
        frequency = 1.7 ** octave * 2.1
        line += np.sin(x * frequency + random.uniform(0, 6.3)) / 1.55 ** octave
    return base - height * (0.5 + 0.5 * line / 2.2)


def landscape():
    rows = HEIGHT - CARD
    y, x = np.mgrid[0:rows, 0:WIDTH].astype(float)
    across = x[0] / WIDTH * 6.3

    day = np.clip(y / HORIZON, 0, 1)
    stops = np.array([[24, 30, 74], [74, 62, 128], [206, 98, 120], [255, 176, 104], [255, 226, 160]], float)
    place = day ** 1.15 * 3.999
    index = place.astype(int)
    sky = mix(stops[index], stops[index + 1], place - index)

    sun = np.hypot(x - 640, y - 318)
    sky = mix(sky, np.array([255.0, 236, 190]), np.exp(-sun / 95) * 0.85)
    sky[sun < 40] = [255, 247, 222]

    random = np.random.default_rng(5)
    for star_x, star_y in zip(random.integers(0, WIDTH, 90), random.integers(0, 190, 90)):
        sky[star_y, star_x] = sky[star_y, star_x] + (255 - sky[star_y, star_x]) * random.uniform(0.3, 0.9)

    for number, (base, height, color) in enumerate(
        [(372, 150, [128, 84, 132]), (384, 96, [84, 60, 112]), (390, 58, [46, 40, 84])]
    ):
        line = ridge(across, base, height, 6 + number, 11 + number)
        edge = np.clip(y - line[None, :], 0, 1)
        haze = np.clip((y - base + height) / height, 0, 1) * 0.35
        tone = mix(np.broadcast_to(np.array(color, float), sky.shape), np.array([255.0, 190, 140]), haze)
        sky = mix(sky, tone, edge * (y < HORIZON))

    picture = sky.copy()
    for row in range(HORIZON, rows):
        depth = row - HORIZON
        mirrored = max(HORIZON - 1 - int(depth * 1.55), 0)
        sway = (np.sin(depth * 0.55 + x[0] * 0.012) * (1 + depth * 0.035)).astype(int)
        source = sky[mirrored, np.clip(np.arange(WIDTH) + sway, 0, WIDTH - 1)]
        dim = 0.82 - 0.38 * depth / (rows - HORIZON)
        picture[row] = source * dim + np.array([8.0, 14, 30])

    shore = ridge(across * 1.3 + 2, rows + 34, 96, 7, 40)
    picture = mix(picture, np.array([14.0, 14, 28]), np.clip(y - shore[None, :], 0, 1))
    return picture


def color_card():
    card = np.full((CARD, WIDTH, 3), 28.0)
    patches = [
        [115, 82, 68], [194, 150, 130], [98, 122, 157], [87, 108, 67], [133, 128, 177], [103, 189, 170],
        [214, 126, 44], [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46],
        [56, 61, 150], [70, 148, 73], [175, 54, 60], [231, 199, 31], [187, 86, 149], [8, 133, 161],
        [255, 255, 255], [200, 200, 200], [160, 160, 160], [120, 120, 120], [80, 80, 80], [0, 0, 0],
    ]
    side = WIDTH // len(patches)
    for place, color in enumerate(patches):
        card[10:CARD - 10, place * side + 4:(place + 1) * side - 4] = color
    return card


picture = np.vstack([landscape(), color_card()])
Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8)).save(sys.argv[1], optimize=True)
