#!/usr/bin/env python3
"""Receive images in the classic protocol, from Pixelwire (protocol: classic) or any script.

    python3 classic_receive.py HEIGHTxWIDTHxCHANNELS FOLDER     keeps each image as .npy
    python3 classic_receive.py HEIGHTxWIDTHxCHANNELS --show     shows each, with OpenCV

The size is not on the wire, so both ends must agree on it: 570x720x3 for instance.
"""
import os
import socket
import struct
import sys

import numpy as np

PORT = 4321


def receive(shape, port=PORT, host="0.0.0.0"):
    """Yield images of this shape as they arrive whole; chunks may come in any order."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.bind((host, port))
    size, chunks, expected = int(np.prod(shape)), {}, 0
    while True:
        datagram = sock.recv(65535)
        _last, seq, count = struct.unpack_from("<III", datagram)
        if count != expected or seq in chunks:  # another image has begun
            chunks, expected = {}, count
        chunks[seq] = datagram[12:]
        if len(chunks) == count:
            data = b"".join(chunks[i] for i in range(count))
            chunks = {}
            if len(data) == size:
                yield np.frombuffer(data, np.uint8).reshape(shape)
            else:
                print(f"an image of {len(data)} bytes is not {shape}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    dimensions = tuple(int(side) for side in sys.argv[1].split("x"))
    for number, image in enumerate(receive(dimensions)):
        if sys.argv[2] == "--show":
            import cv2
            cv2.imshow("received", image)
            cv2.waitKey(1)
        else:
            os.makedirs(sys.argv[2], exist_ok=True)
            path = os.path.join(sys.argv[2], f"image-{number:06}.npy")
            np.save(path, image)
            print(path, flush=True)
