"""A client of `sotto daemon`. Made by `sotto generate python`: change the table of methods instead.

One connection, used by one thread:

    with Sotto() as sotto:
        for event in sotto.events("my-bot", types=["message.received"]):
            print(event["data"]["content"])

What the loop has handled is acknowledged when it asks for the next event; what it was handling when it died comes again.
"""

from __future__ import annotations

import collections
import json
import os
import socket
from typing import Any, Iterator, Optional


class SottoError(Exception):
    """The daemon refused; `kind` is stable."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code: int = error.get("code", 0)
        self.data: dict[str, Any] = error.get("data", {})
        self.kind: str = self.data.get("kind", "")
        self.retryable: bool = self.data.get("retryable", False)


def socket_path() -> str:
    """Where the daemon of this user listens."""
    if path := os.environ.get("SOTTO_SOCKET"):
        return path
    if folder := os.environ.get("XDG_RUNTIME_DIR"):
        return folder + "/sotto/sotto.sock"
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return (os.environ.get("SOTTO_HOME") or data + "/sotto") + "/run/sotto.sock"


class Sotto:
    """An open connection to the daemon."""

    def __init__(self, path: Optional[str] = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path or socket_path())
        self._lines = self._socket.makefile("rb")
        self._last_id = 0
        self._told: collections.deque[dict[str, Any]] = collections.deque()

    def __enter__(self) -> "Sotto":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def call(self, method: str, parameters: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Calls any method; parameters that are None are left away."""
        self._last_id += 1
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": given}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if answer.get("method") == "event":
                self._told.append(answer["params"])
            elif answer.get("id") == self._last_id:
                if "error" in answer:
                    raise SottoError(answer["error"])
                return answer["result"]
            elif "error" in answer and answer.get("id") is None:
                raise SottoError(answer["error"])

    def events(
        self, consumer: str, types: Optional[list[str]] = None, from_: Optional[str] = None,
        max_in_flight: int = 1,
    ) -> Iterator[dict[str, Any]]:
        """The events for this consumer, each acknowledged when the next one is asked for."""
        self.events_subscribe(consumer=consumer, types=types, from_=from_, maxInFlight=max_in_flight)
        while True:
            while not self._told:
                message = self._read()
                if message.get("method") == "event":
                    self._told.append(message["params"])
            told = self._told.popleft()
            if told["consumer"] == consumer:
                yield told["event"]
                # What is told at this moment only has no seq.
                if seq := told["event"].get("seq"):
                    self.events_ack(consumer=consumer, seq=seq)

    def _read(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise ConnectionError("the daemon has ended the connection")
        return json.loads(line)

    # account

    def account_get(self) -> dict[str, Any]:
        """Says who this account is."""
        return self.call("account.get", {})

    def account_update(self, *, name: Optional[str] = None, about: Optional[str] = None, bot: Optional[bool] = None, readReceipts: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Changes what this account tells others."""
        return self.call("account.update", {"name": name, "about": about, "bot": bot, "readReceipts": readReceipts, "clientRef": clientRef})

    # auth

    def auth_whoami(self) -> dict[str, Any]:
        """Says as whom you are connected, and what you may do."""
        return self.call("auth.whoami", {})

    # blob

    def blob_begin(self, *, size: int, name: str, mime: Optional[str] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Announces a file that is to be brought over HTTP, and then sent with message.send."""
        return self.call("blob.begin", {"size": size, "name": name, "mime": mime, "clientRef": clientRef})

    def blob_commit(self, *, blob: str) -> dict[str, Any]:
        """Says whether all bytes of a file that you bring have come: then it can be sent."""
        return self.call("blob.commit", {"blob": blob})

    def blob_delete(self, *, blob: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Removes what is kept here of a file: one that no message has taken, or the fetched copy of one at a relay. The message and the relay keep theirs; message.delete destroys those."""
        return self.call("blob.delete", {"blob": blob, "clientRef": clientRef})

    def blob_fetch(self, *, blob: str, path: Optional[str] = None) -> dict[str, Any]:
        """Brings a file here that is at a relay, whole and verified or not at all; goes on where an earlier attempt was cut off. It stays here, encrypted, for an hour after it was last read; with path it is written there, and nothing else stays."""
        return self.call("blob.fetch", {"blob": blob, "path": path})

    def blob_stat(self, *, blob: str) -> dict[str, Any]:
        """Says what a file is."""
        return self.call("blob.stat", {"blob": blob})

    # bot

    def bot_commands_clear(self, *, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Takes the menu of this account away. It stays marked as a bot."""
        return self.call("bot.commands.clear", {"clientRef": clientRef})

    def bot_commands_get(self, *, contact: Optional[str] = None) -> dict[str, Any]:
        """Returns the menu of this account, or of a contact: empty for who is no bot."""
        return self.call("bot.commands.get", {"contact": contact})

    def bot_commands_set(self, *, items: list[dict[str, Any]], clientRef: Optional[str] = None) -> dict[str, Any]:
        """Sets the menu of this account, and tells it to its contacts. It is marked as a bot by that."""
        return self.call("bot.commands.set", {"items": items, "clientRef": clientRef})

    # chat

    def chat_clear(self, *, chat: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Destroys every message of a conversation on this side. Nobody is told."""
        return self.call("chat.clear", {"chat": chat, "clientRef": clientRef})

    def chat_delete(self, *, chat: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Closes a secret chat: its messages are destroyed here, and the other side is asked to do the same."""
        return self.call("chat.delete", {"chat": chat, "clientRef": clientRef})

    def chat_get(self, *, chat: str) -> dict[str, Any]:
        """Returns one conversation, with its timer."""
        return self.call("chat.get", {"chat": chat})

    def chat_key(self, *, chat: str, format: Optional[str] = None) -> dict[str, Any]:
        """Returns what both sides of a secret chat compare."""
        return self.call("chat.key", {"chat": chat, "format": format})

    def chat_list(self, *, limit: Optional[int] = None, cursor: Optional[str] = None, contact: Optional[str] = None, kind: Optional[str] = None) -> dict[str, Any]:
        """Lists the conversations, the one with the latest message first."""
        return self.call("chat.list", {"limit": limit, "cursor": cursor, "contact": contact, "kind": kind})

    def chat_mark_read(self, *, chat: str, upTo: Optional[str] = None, messages: Optional[list[str]] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Notes messages as read. Their senders are told, unless that is switched off."""
        return self.call("chat.markRead", {"chat": chat, "upTo": upTo, "messages": messages, "clientRef": clientRef})

    def chat_open(self, *, contact: str, secret: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Returns the conversation with a contact; opens it, or a new secret one, if need be."""
        return self.call("chat.open", {"contact": contact, "secret": secret, "clientRef": clientRef})

    def chat_set_default_timer(self, *, mode: str, seconds: Optional[int] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Sets the timer of conversations that begin from now on."""
        return self.call("chat.setDefaultTimer", {"mode": mode, "seconds": seconds, "clientRef": clientRef})

    def chat_set_timer(self, *, chat: str, mode: str, seconds: Optional[int] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Lets the messages of a conversation disappear, on both sides, from now on."""
        return self.call("chat.setTimer", {"chat": chat, "mode": mode, "seconds": seconds, "clientRef": clientRef})

    def chat_typing(self, *, chat: str, state: str) -> dict[str, Any]:
        """Tells the other side that something is being typed, or not any more. Nothing is kept."""
        return self.call("chat.typing", {"chat": chat, "state": state})

    def chat_update(self, *, chat: str, muteUntil: Optional[int] = None, archived: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Mutes or archives a conversation. Nobody is told."""
        return self.call("chat.update", {"chat": chat, "muteUntil": muteUntil, "archived": archived, "clientRef": clientRef})

    # contact

    def contact_block(self, *, contact: str, cutOff: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Shows nothing more of a contact, and sends them nothing. They are not told."""
        return self.call("contact.block", {"contact": contact, "cutOff": cutOff, "clientRef": clientRef})

    def contact_get(self, *, contact: str) -> dict[str, Any]:
        """Returns one contact."""
        return self.call("contact.get", {"contact": contact})

    def contact_list(self, *, query: Optional[str] = None, name: Optional[str] = None, limit: Optional[int] = None, cursor: Optional[str] = None) -> dict[str, Any]:
        """Lists the contacts, in the order in which they came."""
        return self.call("contact.list", {"query": query, "name": name, "limit": limit, "cursor": cursor})

    def contact_remove(self, *, contact: str, eraseHistory: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Removes a contact, and destroys here what was said with them. They are not told, and can write to you no more."""
        return self.call("contact.remove", {"contact": contact, "eraseHistory": eraseHistory, "clientRef": clientRef})

    def contact_unblock(self, *, contact: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Takes a block or a declined request back."""
        return self.call("contact.unblock", {"contact": contact, "clientRef": clientRef})

    def contact_update(self, *, contact: str, nickname: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Gives a contact another name; nobody else sees it."""
        return self.call("contact.update", {"contact": contact, "nickname": nickname, "clientRef": clientRef})

    # events

    def events_ack(self, *, consumer: str, seq: str) -> dict[str, Any]:
        """Notes everything up to an event as done: it is never told again."""
        return self.call("events.ack", {"consumer": consumer, "seq": seq})

    def events_consumers_delete(self, *, consumer: str) -> dict[str, Any]:
        """Forgets a reader, and what it has acknowledged."""
        return self.call("events.consumers.delete", {"consumer": consumer})

    def events_consumers_list(self) -> dict[str, Any]:
        """Lists your readers."""
        return self.call("events.consumers.list", {})

    def events_nack(self, *, consumer: str, seq: str, delayMs: Optional[int] = None) -> dict[str, Any]:
        """An event could not be done: it and those after it are told again."""
        return self.call("events.nack", {"consumer": consumer, "seq": seq, "delayMs": delayMs})

    def events_poll(self, *, consumer: str, from_: Optional[str] = None, types: Optional[list[str]] = None, chats: Optional[list[str]] = None, limit: Optional[int] = None, timeoutMs: Optional[int] = None) -> dict[str, Any]:
        """Returns the next events of a reader, beginning with what it has not acknowledged; waits for one if asked to."""
        return self.call("events.poll", {"consumer": consumer, "from": from_, "types": types, "chats": chats, "limit": limit, "timeoutMs": timeoutMs})

    def events_replay(self, *, from_: str, to: Optional[str] = None, limit: Optional[int] = None) -> dict[str, Any]:
        """Returns events again, as they look now: content that is gone is null. Acknowledges nothing."""
        return self.call("events.replay", {"from": from_, "to": to, "limit": limit})

    def events_subscribe(self, *, consumer: str, from_: Optional[str] = None, types: Optional[list[str]] = None, chats: Optional[list[str]] = None, ack: Optional[str] = None, maxInFlight: Optional[int] = None) -> dict[str, Any]:
        """Tells this connection the events as notifications of the method event: params are consumer and event."""
        return self.call("events.subscribe", {"consumer": consumer, "from": from_, "types": types, "chats": chats, "ack": ack, "maxInFlight": maxInFlight})

    def events_unsubscribe(self, *, consumer: str) -> dict[str, Any]:
        """Ends the notifications of a reader. It stays known."""
        return self.call("events.unsubscribe", {"consumer": consumer})

    # identity

    def identity_accept(self, *, contact: str, listHash: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Accepts a change of a contact's devices by the exact hash of their list; what was held goes out."""
        return self.call("identity.accept", {"contact": contact, "listHash": listHash, "clientRef": clientRef})

    def identity_safety_number(self, *, contact: str) -> dict[str, Any]:
        """Returns the number that both sides see if nobody is between them."""
        return self.call("identity.safetyNumber", {"contact": contact})

    def identity_unverify(self, *, contact: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Takes it back that the number was compared."""
        return self.call("identity.unverify", {"contact": contact, "clientRef": clientRef})

    def identity_verify(self, *, contact: str, digits: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Notes that the number was compared. The digits that the other side sees must be given."""
        return self.call("identity.verify", {"contact": contact, "digits": digits, "clientRef": clientRef})

    # invite

    def invite_accept(self, *, link: str, nickname: Optional[str] = None, waitMs: Optional[int] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Takes an invite: adds the contact, and introduces this account to it."""
        return self.call("invite.accept", {"link": link, "nickname": nickname, "waitMs": waitMs, "clientRef": clientRef})

    def invite_create(self, *, kind: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Makes a link by which others can write to this account. It is good for 30 days."""
        return self.call("invite.create", {"kind": kind, "clientRef": clientRef})

    def invite_inspect(self, *, link: str) -> dict[str, Any]:
        """Says where a link leads, and does nothing."""
        return self.call("invite.inspect", {"link": link})

    def invite_list(self) -> dict[str, Any]:
        """Lists the links that still let somebody in, oldest first."""
        return self.call("invite.list", {})

    def invite_revoke(self, *, invite: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Takes a link back: nobody comes by it any more. Who has come stays."""
        return self.call("invite.revoke", {"invite": invite, "clientRef": clientRef})

    # message

    def message_delete(self, *, messages: list[str], scope: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Destroys messages here, or asks the other side to destroy them too."""
        return self.call("message.delete", {"messages": messages, "scope": scope, "clientRef": clientRef})

    def message_edit(self, *, message: str, content: dict[str, Any], rev: Optional[int] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Puts other words in the place of a text or a caption that you wrote, on both sides; those before are destroyed. Within 24 hours, ten times."""
        return self.call("message.edit", {"message": message, "content": content, "rev": rev, "clientRef": clientRef})

    def message_get(self, *, message: str) -> dict[str, Any]:
        """Returns one message as it is now."""
        return self.call("message.get", {"message": message})

    def message_list(self, *, chat: str, before: Optional[str] = None, limit: Optional[int] = None) -> dict[str, Any]:
        """Lists the messages of a conversation, oldest first."""
        return self.call("message.list", {"chat": chat, "before": before, "limit": limit})

    def message_open(self, *, message: str) -> dict[str, Any]:
        """Opens a view-once message: hands out its content, and destroys it. There is no second time."""
        return self.call("message.open", {"message": message})

    def message_receipts(self, *, message: str) -> dict[str, Any]:
        """Says when a message that you sent was delivered, read and played."""
        return self.call("message.receipts", {"message": message})

    def message_retry(self, *, message: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Sends a message that has failed again."""
        return self.call("message.retry", {"message": message, "clientRef": clientRef})

    def message_search(self, *, query: str, contact: Optional[str] = None, direction: Optional[str] = None, since: Optional[int] = None, until: Optional[int] = None, cursor: Optional[str] = None, limit: Optional[int] = None) -> dict[str, Any]:
        """Looks for messages by their words, the newest first. View-once and secret ones are never found."""
        return self.call("message.search", {"query": query, "contact": contact, "direction": direction, "since": since, "until": until, "cursor": cursor, "limit": limit})

    def message_send(self, *, chat: str, content: dict[str, Any], replyTo: Optional[str] = None, viewOnce: Optional[bool] = None, expires: Optional[int] = None, wait: Optional[str] = None, waitMs: Optional[int] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Writes into a conversation. It is on the disk when this returns, and goes out by itself."""
        return self.call("message.send", {"chat": chat, "content": content, "replyTo": replyTo, "viewOnce": viewOnce, "expires": expires, "wait": wait, "waitMs": waitMs, "clientRef": clientRef})

    # request

    def request_accept(self, *, request: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Accepts a stranger as a contact. Answering does the same."""
        return self.call("request.accept", {"request": request, "clientRef": clientRef})

    def request_decline(self, *, request: str, action: Optional[str] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Destroys what a stranger wrote, and shows nothing more of them. They are not told."""
        return self.call("request.decline", {"request": request, "action": action, "clientRef": clientRef})

    def request_list(self) -> dict[str, Any]:
        """Lists the strangers who wait for an answer, oldest first."""
        return self.call("request.list", {})

    # rpc

    def rpc_discover(self) -> dict[str, Any]:
        """Returns the description of all methods, an OpenRPC 1.3 document."""
        return self.call("rpc.discover", {})

    # store

    def store_adopt(self, *, timeoutMs: Optional[int] = None) -> dict[str, Any]:
        """Goes on with this copy of a vault as the only one, when its relay calls it a copy."""
        return self.call("store.adopt", {"timeoutMs": timeoutMs})

    def store_check(self) -> dict[str, Any]:
        """Reads everything in the vault, and says whether it is whole."""
        return self.call("store.check", {})

    def store_reindex(self) -> dict[str, Any]:
        """Makes the index for message.search anew. Nothing is lost by it."""
        return self.call("store.reindex", {})

    def store_rekey(self, *, old: Optional[str] = None, new: Optional[str] = None) -> dict[str, Any]:
        """Protects the vault by another passphrase, or by its key file. Copies from before still open with the old one."""
        return self.call("store.rekey", {"old": old, "new": new})

    # sync

    def sync_fetch(self, *, timeoutMs: Optional[int] = None) -> dict[str, Any]:
        """Makes sure that what waited at the own relays is here."""
        return self.call("sync.fetch", {"timeoutMs": timeoutMs})

    def sync_flush(self, *, timeoutMs: Optional[int] = None, receipts: Optional[bool] = None) -> dict[str, Any]:
        """Waits until everything has gone out, or until nothing more can be done."""
        return self.call("sync.flush", {"timeoutMs": timeoutMs, "receipts": receipts})

    # system

    def system_capabilities(self) -> dict[str, Any]:
        """Lists what this version has, and its limits."""
        return self.call("system.capabilities", {})

    def system_health(self) -> dict[str, Any]:
        """Says whether everything works, and what does not."""
        return self.call("system.health", {})

    def system_info(self) -> dict[str, Any]:
        """Says which program this is, and how it stands with its relays."""
        return self.call("system.info", {})

    def system_stats(self) -> dict[str, Any]:
        """Counts what waits and what is kept."""
        return self.call("system.stats", {})

    # token

    def token_create(self, *, name: str, scopes: list[str], expiresAt: Optional[int] = None) -> dict[str, Any]:
        """Makes a token, with which somebody else may use this interface over HTTP. Its secret is shown this once."""
        return self.call("token.create", {"name": name, "scopes": scopes, "expiresAt": expiresAt})

    def token_list(self) -> dict[str, Any]:
        """Lists the tokens, also those that have expired."""
        return self.call("token.list", {})

    def token_revoke(self, *, id: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Ends a token at once, with what its bearer is doing, its readers and its webhooks."""
        return self.call("token.revoke", {"id": id, "clientRef": clientRef})

    # webhook

    def webhook_dead_letters(self, *, webhook: str, after: Optional[str] = None, limit: Optional[int] = None) -> dict[str, Any]:
        """Lists the events that the receiver did not take in 7 days, as they look now. They are kept 14 days at most."""
        return self.call("webhook.deadLetters", {"webhook": webhook, "after": after, "limit": limit})

    def webhook_delete(self, *, webhook: str, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Posts nothing more there, and forgets its dead letters."""
        return self.call("webhook.delete", {"webhook": webhook, "clientRef": clientRef})

    def webhook_get(self, *, webhook: Optional[str] = None) -> dict[str, Any]:
        """Returns your webhooks, and how it stands with their receivers."""
        return self.call("webhook.get", {"webhook": webhook})

    def webhook_redeliver(self, *, webhook: str, seq: Optional[str] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Tries dead letters once more, before anything else."""
        return self.call("webhook.redeliver", {"webhook": webhook, "seq": seq, "clientRef": clientRef})

    def webhook_set(self, *, webhook: str, url: str, secret: Optional[str] = None, from_: Optional[str] = None, types: Optional[list[str]] = None, chats: Optional[list[str]] = None, insecure: Optional[bool] = None, clientRef: Optional[str] = None) -> dict[str, Any]:
        """Posts events to an address, from now on; changes where, if there is one of this name, and enables it again."""
        return self.call("webhook.set", {"webhook": webhook, "url": url, "secret": secret, "from": from_, "types": types, "chats": chats, "insecure": insecure, "clientRef": clientRef})

    def webhook_test(self, *, webhook: str) -> dict[str, Any]:
        """Posts one event of the type webhook.test now, and says what came of it."""
        return self.call("webhook.test", {"webhook": webhook})
