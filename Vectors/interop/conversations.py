#!/usr/bin/env python3
"""Lets Sotto's X3DH and Double Ratchet talk to Syndace's, and prints what happened.

    conversations.py PROGRAM [--count N] [--seed WORD] [--wrong PARAMETER]

PROGRAM is `sotto-vectors`. In every conversation one side is Sotto and the other Syndace's libraries; which of them begins, whether there is
a one-time prekey, and everything that happens on the way follows from the seed (the libraries' own keys do not). Messages arrive late,
changed, twice or never: what must open opens to what was said, and what must be refused is refused and disturbs nothing.

--wrong sets one of Syndace's parameters wrong on purpose: then the run must fail.
"""
import argparse
import collections
import random
import sys

import syndace
from peer import Refused, SottoPeer

counts = collections.Counter()


class Failure(Exception):
    pass


class Conversation:
    """A session between the two, and the messages that are under way."""

    def __init__(self, sotto, seed, sotto_begins, with_one_time_prekey, appendix):
        self.sides = {"sotto": Sotto(sotto, seed), "syndace": Syndace()}
        self.initiator, self.responder = ("sotto", "syndace") if sotto_begins else ("syndace", "sotto")
        self.can_send = {self.initiator}
        self.sent, self.newest = {"sotto": 0, "syndace": 0}, {"sotto": -1, "syndace": -1}
        published = self.sides[self.responder].publish(3)
        one_time_prekey = published["one_time_prekeys"][0] if with_one_time_prekey else None
        begun = self.sides[self.initiator].begin(published, one_time_prekey, appendix)
        self.sides[self.responder].answer(begun, published["signed_prekey"], appendix)
        for name in ("secret", "associated_data"):
            values = [getattr(side, name) for side in self.sides.values()]
            if values[0] != values[1]:
                raise Failure(f"the two sides have another {name}")
        counts["sotto begins" if sotto_begins else "syndace begins"] += 1
        counts["with one-time prekey" if with_one_time_prekey else "without one-time prekey"] += 1

    def send(self, sender, plaintext):
        header, ciphertext = self.sides[sender].encrypt(plaintext)
        counts["messages"] += 1
        self.sent[sender] += 1
        return sender, self.sent[sender] - 1, header, ciphertext, plaintext

    def deliver(self, message):
        sender, number, header, ciphertext, plaintext = message
        recipient = "syndace" if sender == "sotto" else "sotto"
        try:
            opened = self.sides[recipient].decrypt(header, ciphertext)
        except Exception as error:
            raise Failure(f"{recipient} refused message {number} of {sender}: {type(error).__name__} {error}") from error
        if opened != plaintext:
            raise Failure(f"{recipient} read other bytes than {sender} wrote")
        counts["out of order" if number != self.newest[sender] + 1 else "in order"] += 1
        self.newest[sender] = max(self.newest[sender], number)
        self.can_send.add(recipient)

    def refuse(self, message, why):
        sender, number, header, ciphertext, _ = message
        recipient = "syndace" if sender == "sotto" else "sotto"
        try:
            self.sides[recipient].decrypt(header, ciphertext)
        except (Refused, ValueError, syndace.doubleratchet.AuthenticationFailedException,
                syndace.doubleratchet.DuplicateMessageException, syndace.doubleratchet.DoSProtectionException) as error:
            if "Misuse" in str(error) or "changedByRefusal" in str(error):
                raise Failure(str(error)) from error
            counts[f"{why}, refused"] += 1
            return
        raise Failure(f"{recipient} accepted what it must refuse: {why}")


class Sotto:
    def __init__(self, peer, seed):
        self.peer = peer
        self.peer.call("start", seed=seed)

    def publish(self, one_time_prekeys):
        return self.peer.call("publish", one_time_prekeys=one_time_prekeys)

    def begin(self, published, one_time_prekey, appendix):
        identity = self.peer.call("publish")["identity_key"]
        reply = self.peer.call(
            "begin", identity_key=published["identity_key"], signed_prekey=published["signed_prekey"],
            signed_prekey_sig=published["signed_prekey_sig"], one_time_prekey=one_time_prekey, appendix=appendix)
        self.secret, self.associated_data = reply["shared_secret"], reply["associated_data"]
        return {"identity_key": identity, "ephemeral_key": reply["ephemeral_key"], "one_time_prekey": one_time_prekey}

    def answer(self, begun, signed_prekey, appendix):
        reply = self.peer.call("answer", appendix=appendix, **begun)
        self.secret, self.associated_data = reply["shared_secret"], reply["associated_data"]

    def encrypt(self, plaintext):
        reply = self.peer.call("encrypt", plaintext=plaintext)
        return reply["header"], reply["ciphertext"]

    def decrypt(self, header, ciphertext):
        return self.peer.call("decrypt", header=header, ciphertext=ciphertext)["plaintext"]


class Syndace(syndace.SyndacePeer):
    pass


def changed(message, choice):
    """The message with one bit changed, somewhere in its header or ciphertext."""
    sender, number, header, ciphertext, plaintext = message
    place = choice.randrange(len(header) + len(ciphertext))
    both = bytearray(header + ciphertext)
    both[place] ^= 1 << choice.randrange(8)
    return sender, number, bytes(both[:41]), bytes(both[41:]), plaintext


def random_conversation(sotto, choice, index, seed):
    conversation = Conversation(
        sotto, f"{seed}|{index}", sotto_begins=index % 2 == 0, with_one_time_prekey=choice.random() < 0.7,
        appendix=choice.randbytes(choice.choice([0, 32])))
    waiting, delivered = [], []
    for _ in range(choice.randrange(6, 40)):
        action = choice.random()
        if action < 0.5 or not waiting:
            sender = choice.choice(sorted(conversation.can_send))
            waiting.append(conversation.send(sender, choice.randbytes(choice.choice([0, 1, 16, 200, 1_000]))))
        elif action < 0.8:
            # Mostly the oldest of what waits, sometimes whichever.
            message = waiting.pop(0 if choice.random() < 0.5 else choice.randrange(len(waiting)))
            if choice.random() < 0.2:
                conversation.refuse(changed(message, choice), "changed")
            conversation.deliver(message)
            delivered.append(message)
        elif action < 0.88:
            waiting.pop(choice.randrange(len(waiting)))
            counts["lost"] += 1
        elif delivered:
            conversation.refuse(choice.choice(delivered), "repeated")
    for message in waiting:
        conversation.deliver(message)
    counts["conversations"] += 1


def conversation_at_the_limits(sotto, sotto_begins):
    """The largest jump, one more than it, more kept keys than there is room for, and a long message."""
    conversation = Conversation(sotto, "limits", sotto_begins, True, bytes(32))
    one, two = conversation.initiator, conversation.responder
    conversation.deliver(conversation.send(one, b"first"))
    conversation.deliver(conversation.send(two, bytes(i * 7 + 3 & 255 for i in range(65_536))))
    conversation.deliver(conversation.send(one, b""))
    early = [conversation.send(one, b"%d" % i) for i in range(1_001)]
    beyond = conversation.send(one, b"1 001 ahead")
    conversation.refuse(beyond, "too far ahead")
    last = early.pop()
    conversation.deliver(last)  # exactly 1 000 ahead
    conversation.deliver(beyond)
    # Two more chains of 1 000 kept keys each: with the 1 000 of the first that is more than 2 000, and the oldest go.
    for _ in range(2):
        conversation.deliver(conversation.send(two, b"a new chain"))
        skipped = [conversation.send(one, b"kept") for _ in range(1_000)]
        conversation.deliver(conversation.send(one, b"1 000 ahead"))
    conversation.refuse(early[0], "key given up")
    conversation.deliver(skipped[0])
    conversation.deliver(skipped[-1])
    counts["conversations at the limits"] += 1


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--count", type=int, default=1_000)
    arguments.add_argument("--seed", default="interop-1")
    arguments.add_argument("--wrong", choices=sorted(syndace.WRONG))
    arguments = arguments.parse_args()
    if arguments.wrong:
        syndace.PARAMETERS[arguments.wrong] = syndace.WRONG[arguments.wrong]
    sotto = SottoPeer(arguments.program)
    try:
        for index in range(arguments.count):
            random_conversation(sotto, random.Random(f"{arguments.seed}|{index}"), index, arguments.seed)
        for sotto_begins in (True, False):
            conversation_at_the_limits(sotto, sotto_begins)
    except Exception as error:
        where = counts["conversations"]
        print(f"interop: conversation {where}: {error}" if isinstance(error, Failure) else
              f"interop: conversation {where}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        sotto.close()
    for name, count in counts.items():
        print(f"{count:>8,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
