import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory
import TestSupport
import Testing

@Suite("Random schedules") struct RandomScheduleTests {
  /// The real ratchet and the plain one, fed with the same.
  struct Twin {
    let party: Party
    var plain: PlainRatchet
    var inbox: [(message: RatchetMessage, plaintext: [UInt8])] = []

    func compare(_ what: String) throws {
      #expect(try party.archiveBytes() == plain.archive(), "\(what)")
    }
  }

  /// Small numbers that depend on a seed only.
  struct Dice {
    let random: SeededRandomness

    func roll(_ sides: Int) -> Int {
      random.bytes(4).reduce(0) { $0 << 8 | Int($1) } % sides
    }
  }

  private func twins(_ seed: String) throws -> [Twin] {
    let common = SeededRandomness(seed)
    let secret = common.bytes(32)
    let scalar = common.bytes(32)
    let (alice, bob) = try Party.pair(seed)
    let signedPreKey = try X25519KeyPair(scalar: SecretBytes(copying: scalar)).publicKey.bytes.array
    return [
      Twin(
        party: alice,
        plain: try PlainRatchet(
          initiator: secret, remoteKey: signedPreKey, associatedData: Party.associatedData,
          random: QueuedRandomness(seed: seed + "/alice", count: 400))),
      Twin(
        party: bob,
        plain: PlainRatchet(
          responder: secret, scalar: scalar, associatedData: Party.associatedData,
          random: QueuedRandomness(seed: seed + "/bob", count: 400))),
    ]
  }

  @Test(arguments: 0..<12)
  func `sending, losing, repeating, reordering and altering agree with the plain ratchet`(seed: Int) throws {
    var twins = try twins("schedule \(seed)")
    let dice = Dice(random: SeededRandomness("dice \(seed)"))
    var accepted = 0
    for step in 0..<150 {
      let index = dice.roll(2)
      twins[index].party.now += Int64(dice.roll(4) * 400_000)
      switch dice.roll(8) {
      case 0..<3: try send(from: index, step, &twins, dice)
      case 3: try twins[index].party.reload()
      default: accepted += try deliver(to: index, &twins, dice) ? 1 : 0
      }
      try twins[0].compare("step \(step) of seed \(seed), initiator")
      try twins[1].compare("step \(step) of seed \(seed), responder")
    }
    #expect(accepted > 10, "seed \(seed) exercises receiving")
  }

  private func send(from index: Int, _ step: Int, _ twins: inout [Twin], _ dice: Dice) throws {
    for number in 0...dice.roll(5) {
      let plaintext = [UInt8]("\(step).\(number)".utf8)
      guard let plain = try? twins[index].plain.encrypt(plaintext) else {
        #expect(throws: RatchetError.cannotSendYet) { try twins[index].party.send(bytes: plaintext) }
        return
      }
      let message = try twins[index].party.send(bytes: plaintext)
      #expect(message.header.bytes == plain.header)
      #expect(message.ciphertext == plain.ciphertext)
      twins[1 - index].inbox.append((message, plaintext))
    }
  }

  /// Gives one waiting message to both, perhaps altered; returns whether it was accepted.
  private func deliver(to index: Int, _ twins: inout [Twin], _ dice: Dice) throws -> Bool {
    guard !twins[index].inbox.isEmpty else { return false }
    let place = dice.roll(2) == 0 ? 0 : dice.roll(twins[index].inbox.count)
    var (message, plaintext) = twins[index].inbox[place]
    let isAltered = dice.roll(4) == 0
    if isAltered {
      let byte = dice.roll(message.byteCount)
      do throws(RatchetError) {
        message = try message.tampered(at: byte, xor: UInt8(1 << dice.roll(8)))
      } catch {
        return false
      }
    } else if dice.roll(5) > 0 {
      // Otherwise it stays, and comes again.
      twins[index].inbox.remove(at: place)
    }
    let expected = try? twins[index].plain.decrypt(
      header: message.header.bytes, ciphertext: message.ciphertext, at: twins[index].party.now)
    guard let expected else {
      #expect(try twins[index].party.refusal(of: message) != nil)
      return false
    }
    #expect(!isAltered && expected == plaintext)
    #expect(try twins[index].party.receive(message).plaintext == expected)
    return true
  }
}
