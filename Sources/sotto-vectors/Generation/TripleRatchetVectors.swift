import DoubleRatchet
import Primitives

/// Conversations of suite 3: epochs in order and in disorder, and what is refused.
enum TripleRatchetVectors {
  static func accepted(_ randomness: SeedRandomness) throws -> [TripleRatchetCase] {
    [
      try ConversationBuilder("two epochs, everything in order", randomness).talk(rounds: 44).end(),
      try ConversationBuilder("units as they fit: none, one, a few, as many as a message takes", randomness)
        .alice(reserve: 31).alice(reserve: 32).alice(reserve: 100).alice(reserve: 60_000).deliverAll(to: .bob)
        .talk(rounds: 26, reserve: 96).end(),
      try ConversationBuilder("messages of an epoch that is over, and of the one before it", randomness)
        .talk(rounds: 1).alice().talk(rounds: 23).alice().talk(rounds: 22).deliverAll(to: .bob).end(),
      try ConversationBuilder("the last units come first, and half of all messages are lost", randomness)
        .alice().alice().alice().deliver(2, to: .bob).deliver(0, to: .bob).deliver(1, to: .bob)
        .talk(rounds: 40, losing: true).end(),
      try ConversationBuilder("one side talks for long before the other answers", randomness)
        .alice().alice().alice().alice().alice().alice().alice().alice().alice().alice().alice().alice()
        .deliverAll(to: .bob).talk(rounds: 12).end(),
    ]
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [TripleRatchetCase] {
    func begun(_ comment: String, rounds: Int = 2) throws -> ConversationBuilder {
      try ConversationBuilder(comment, randomness).talk(rounds: rounds).alice()
    }
    return [
      try begun("a bit of a unit").refused(.authenticationFailure) { $1[20] ^= 1 },
      try begun("the tag").refused(.authenticationFailure) { $1[$1.count - 1] ^= 1 },
      try begun("the next epoch, which is not agreed on yet").refused(.wrongEpoch) { header, _ in header[44] &+= 1 },
      try begun("the epoch before", rounds: 23).refused(.wrongEpoch) { header, _ in header[44] &-= 1 },
      try begun("an epoch far ahead").refused(.wrongEpoch) { header, _ in header[41] = 0x80 },
      try begun("another number in the epoch").refused(.wrongEpoch) { header, _ in header[48] &+= 1 },
      try begun("the number that no message has").refused(.malformed) { header, _ in
        header.replaceSubrange(45..<49, with: [0xff, 0xff, 0xff, 0xff])
      },
      try begun("another number in the chain than the epoch knows of").refused(.wrongEpoch) { header, _ in
        header[40] &+= 1
      },
      try begun("a header of suite 2").refused(.authenticationFailure) { header, _ in
        header = [1] + header[1..<41]
      },
      try begun("a header that is cut").refused(.malformed) { header, _ in header.removeLast() },
      try begun("a header that is too long").refused(.malformed) { header, _ in header.append(0) },
      try begun("a message that was read").deliverAll(to: .bob).refusedAgain(.duplicate),
      try ConversationBuilder("epoch 1 in the first message", randomness).alice().refused(.wrongEpoch) { header, _ in
        header[44] = 1
      },
    ]
  }
}
