#!/usr/bin/env python3
"""Answers every text with itself. Needs `sotto daemon`, and Clients/python on PYTHONPATH."""

from sotto_client import Sotto

HELP = "I answer every text with itself."

with Sotto() as sotto:
    # Contacts see both; nothing is sent when nothing has changed.
    sotto.account_update(about=HELP, bot=True)
    sotto.bot_commands_set(items=[{"name": "help", "description": "Says what this bot does"}])
    for event in sotto.events("echo-bot", types=["message.received"], from_="last_ack"):
        message = event["data"]
        text = (message["content"] or {}).get("text")
        if event["live"] and text:
            answer = HELP if text == "/help" else text
            # The same answer to the same message is sent once, however often the event comes.
            sotto.message_send(chat=message["chat"], content={"text": answer}, clientRef="echo-" + message["message"])
