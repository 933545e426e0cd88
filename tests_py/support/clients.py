"""What tests do with clients beside sending commands: odd ones, and what the server tells of them."""

import re
import socket
import struct

from support.resp import RawClient
from support.settings import seconds


def client_field(other, client_id, field):
    """A number from the line that CLIENT LIST has for a client."""
    line = other.ask("CLIENT", "LIST", "ID", client_id).decode()
    return int(dict(word.split("=", 1) for word in line.split())[field])


def clients_told(other, kind):
    """How many clients of a kind, such as connected or blocked, INFO tells of."""
    return int(re.search(rf"^{kind}_clients:(\d+)", other.ask("INFO", "clients").decode(), re.M).group(1))


def narrow_client(server):
    """A client whose own socket holds little, so that what it does not read stays with the server."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.settimeout(seconds(30))
    connection.connect((server.host, server.port))
    return RawClient.over(connection)


def interrupt(connection):
    """The first half of cut_off(): whoever reads there finds that it is over, and has to close."""
    raw = connection.socket
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.shutdown(socket.SHUT_RDWR)


def cut_off(connection):
    """As a client that is killed with something unread: the server gets a reset."""
    interrupt(connection)
    connection.socket.close()


def leave(connection):
    """As a client that ends: what it was sent before the server knew of that can still be read."""
    connection.socket.shutdown(socket.SHUT_WR)
