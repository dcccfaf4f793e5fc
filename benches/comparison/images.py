"""imageZMQ with requests and replies: `images.py hub PORT COUNT` answers, and `images.py send PORT
COUNT` measures and prints the megabytes a second."""

import sys
import time

import imagezmq
import numpy

WARM_UP = 20


def hub(port: int, count: int):
    """Takes images and answers each."""
    images = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}")
    for _ in range(WARM_UP + count):
        images.recv_image()
        images.send_reply(b"OK")


def send(port: int, count: int):
    """Sends one image over and over, each after the answer to the last."""
    shape = (1080, 1920, 3)
    image = numpy.random.default_rng(1).integers(0, 256, shape, dtype=numpy.uint8)
    sender = imagezmq.ImageSender(connect_to=f"tcp://127.0.0.1:{port}")
    for _ in range(WARM_UP):
        sender.send_image("warm-up", image)
    began = time.perf_counter()
    for _ in range(count):
        sender.send_image("image", image)
    print(count * image.nbytes / 1e6 / (time.perf_counter() - began))


if __name__ == "__main__":
    {"hub": hub, "send": send}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
