#!/usr/bin/env python3
"""Send an image to Pixelwire, or to any receiver of the classic protocol.

    python3 classic_send.py HOST image.npy      an array that numpy.save wrote
    python3 classic_send.py HOST image.jpg      any image file, if OpenCV is installed

Arrays are rows x columns x 3 in OpenCV's order (blue, green, red), or x 4, or grey without
a third axis; 8 bits a channel.
"""
import socket
import struct
import sys
import time

import numpy as np

PORT = 4321
CHUNK = 49152  # bytes of the image in each datagram


def send(image, host, port=PORT, chunk=CHUNK, pause=0.001):
    """Send one image: a uint8 array."""
    data = np.ascontiguousarray(image, dtype=np.uint8).tobytes()
    count = -(-len(data) // chunk)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for seq in range(count):
            header = struct.pack("<III", int(seq == count - 1), seq, count)
            sock.sendto(header + data[seq * chunk:(seq + 1) * chunk], (host, port))
            time.sleep(pause)  # an unpaced burst overflows the receiver's buffer


def load(path):
    if path.endswith(".npy"):
        return np.load(path)
    import cv2
    image = cv2.imread(path)
    if image is None:
        sys.exit(f"{path}: OpenCV cannot read this image")
    return image


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    picture = load(sys.argv[2])
    send(picture, sys.argv[1])
    print(f"sent {'x'.join(map(str, picture.shape))} to {sys.argv[1]}:{PORT}")
