#!/usr/bin/env python3
"""Answers every text with itself. Needs `sotto daemon`, and Clients/python on PYTHONPATH."""

from sotto_client import Sotto

with Sotto() as sotto:
    for event in sotto.events("echo-bot", types=["message.received"], from_="last_ack"):
        message = event["data"]
        text = (message["content"] or {}).get("text")
        if event["live"] and text:
            # The same answer to the same message is sent once, however often the event comes.
            sotto.message_send(chat=message["chat"], content={"text": text}, clientRef="echo-" + message["message"])
