#!/usr/bin/env python3
"""Takes the events that a daemon posts, and prints the texts that have come.

    SECRET=$(sotto rpc webhook.set webhook=desk url=http://127.0.0.1:8080/ | jq -r .secret) \\
      Docs/Examples/webhook-receiver.py 8080 deliveries.txt

Only what the daemon signed, and not long ago, is taken. A delivery that was done is noted in the file: after a crash of either
side the daemon posts an event again, and it is answered and not done again.
"""

import hashlib
import hmac
import http.server
import json
import os
import pathlib
import sys
import time

SECRET = os.environ["SECRET"].encode()
PORT, DONE = int(sys.argv[1]), pathlib.Path(sys.argv[2])
OLDEST_SECONDS = 300


def is_genuine(headers, body: bytes) -> bool:
    stamp = headers.get("X-Sotto-Timestamp", "")
    code = hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # In constant time: how much of a wrong signature is right is nobody's business.
    if not hmac.compare_digest("v1=" + code, headers.get("X-Sotto-Signature", "")):
        return False
    return abs(time.time() - int(stamp)) < OLDEST_SECONDS


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not is_genuine(self.headers, body):
            return self.answer(401)
        delivery = self.headers["X-Sotto-Delivery"]
        if delivery not in done:
            event = json.loads(body)
            if event["type"] == "message.received":
                # The content is null when the message has expired before it could be told.
                print(delivery, (event["data"]["content"] or {}).get("text", "-"), flush=True)
            done.add(delivery)
            with DONE.open("a") as file:
                print(delivery, file=file)
        self.answer(204)

    def answer(self, status: int):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


done = set(DONE.read_text().split()) if DONE.exists() else set()
server = http.server.HTTPServer(("127.0.0.1", PORT), Receiver)
print("listening on", server.server_address[1], flush=True)
server.serve_forever()
