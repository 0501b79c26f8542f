import Ambient
import Messaging
import TestSupport
import Testing

/// A node's clock that runs ahead and is put right again.
@Suite struct WrongClockTests {
  @Test func `receipts that a fast clock put off leave once it is put right`() throws {
    let pair = try Pair(timing: .grid)
    pair.clock.advance(by: .seconds(60))
    try pair.settle()
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    let right = pair.clock.now()
    pair.clock.advance(by: .seconds(3 * 3_600))
    try pair.bob.receiveAll()
    pair.clock.set(right.advanced(by: .seconds(60)))
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    #expect(try pair.alice.states(with: "bob") == [.delivered])
  }

  @Test func `a message that a fast clock put off leaves once it is put right`() throws {
    let pair = try Pair()
    let right = pair.clock.now()
    pair.clock.advance(by: .seconds(3 * 3_600))
    pair.alice.letsThrough = { _ in false }
    try pair.alice.say("hello", to: "bob")
    for _ in 0..<12 {
      // Each attempt fails, and the next one is put off further.
      try pair.alice.sendAll()
      pair.clock.advance(by: .seconds(900))
    }
    try pair.alice.sendAll()
    pair.clock.set(right.advanced(by: .seconds(60)))
    pair.alice.letsThrough = { _ in true }
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
  }
}
