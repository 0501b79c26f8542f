import NIOCore
package import RelayWire
import Synchronization

/// One thing that a relay says by itself.
package enum RelayPush: Hashable, Sendable {
  /// The next page of a subscribed mailbox.
  case page(MailboxPage)
  /// An ephemeral envelope for a subscribed mailbox (R11).
  case ephemeral(EphemeralDelivery)
  /// Another connection opened this mailbox: this one is no owner any more (Protocol §6). The connection ends.
  case fencedOut(MailboxID)
}

/// What a relay says by itself on one connection, in order. Ends when the connection does.
///
/// May be iterated once, by one task. While a consumer does not keep up, the connection stops reading (answers
/// included): whoever subscribes reads the pushes in a task of their own.
package struct RelayPushes: AsyncSequence, Sendable {
  package typealias Element = RelayPush
  package typealias Failure = Never

  /// Reading pauses when this many pushes wait, and goes on at a quarter of it. A page is at most 1 MiB.
  static let mostWaiting = 8

  typealias Producer = NIOAsyncSequenceProducer<
    RelayPush, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, Demand
  >

  private let sequence: Producer

  /// Makes a sequence and its source. `resume` is called from anywhere when there is room again.
  static func make() -> (pushes: RelayPushes, source: Source) {
    let demand = Demand()
    let new = Producer.makeSequence(
      elementType: RelayPush.self,
      backPressureStrategy: .init(lowWatermark: mostWaiting / 4, highWatermark: mostWaiting),
      finishOnDeinit: true, delegate: demand)
    return (RelayPushes(sequence: new.sequence), Source(producer: new.source, demand: demand))
  }

  private init(sequence: Producer) { self.sequence = sequence }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(iterator: sequence.makeAsyncIterator()) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let iterator: Producer.AsyncIterator

    @concurrent
    package mutating func next() async -> RelayPush? { await iterator.next() }
  }

  /// The side of the connection.
  struct Source: Sendable {
    fileprivate let producer: Producer.Source
    fileprivate let demand: Demand

    /// Says what to call when there is room again.
    func onDemand(_ resume: @escaping @Sendable () -> Void) { demand.resume.withLock { $0 = resume } }

    /// Hands a push over; `.stopProducing` asks to pause until there is demand.
    func yield(_ push: RelayPush) -> Producer.Source.YieldResult { producer.yield(push) }

    func finish() { producer.finish() }
  }

  /// Passes the sequence's wish for more on to the connection.
  final class Demand: NIOAsyncSequenceProducerDelegate {
    fileprivate let resume = Mutex<(@Sendable () -> Void)?>(nil)

    func produceMore() { resume.withLock { $0 }?() }

    /// Nobody listens any more: what comes is dropped, and reading must not stay paused.
    func didTerminate() { resume.withLock { $0 }?() }
  }
}
