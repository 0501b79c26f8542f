import NIOCore
import NIOHTTP1
import RelayWire

/// The client's end of one session over HTTP: requests in POSTs, matched with the answers that they bring.
///
/// Confined to its event loop. What is asked while a POST is on its way goes together with the next; a fetch that waits has
/// a connection of its own. A connection that fails is made anew, and what may be asked twice is; when that fails too
/// often, or the relay knows the session no more, the session ends as a WebSocket would.
final class LongPollSession {
  typealias Waiter = RelayFrameHandler.Waiter
  typealias OpenLane = @Sendable () -> EventLoopFuture<NIOLoopBound<HTTPLane>>

  /// The relay ends a session after 90 s of silence.
  static let keepAliveInterval = TimeAmount.seconds(40)
  /// Fetches that wait at once; the relay lets one POST more be open.
  static let maximumPolls = 3
  /// Failed POSTs in a row after which the session is given up.
  static let mostFailures = 5
  /// Before a failed POST is repeated, times the failures.
  static let pause = TimeAmount.milliseconds(200)
  /// For the relay to confirm the end.
  static let closingLimit = TimeAmount.seconds(2)

  private struct Entry {
    let id: UInt64
    let frame: [UInt8]
    let kind: Kind
  }

  private enum Kind {
    case fetch(wait: TimeAmount)
    /// Doing it twice is doing it once.
    case repeatable
    case once
  }

  /// One connection at a time, made when it is needed.
  private final class Slot {
    var lane: HTTPLane?
    var isBusy = false
  }

  private let token: String
  private let pushes: RelayPushes.Source
  private let eventLoop: any EventLoop
  private let openLane: OpenLane
  private let timeLimit: TimeAmount
  private let end: EventLoopPromise<Void>
  private let whenOver: () -> Void
  private var requests = RequestTable<Waiter, NIODeadline>()
  private var commands: [Entry] = []
  private var polls: [Entry] = []
  private let commandSlot = Slot()
  private let pollSlots = (0..<maximumPolls).map { _ in Slot() }
  private var failure: RelayClientError?
  private var failures = 0
  private var pausedUntil = NIODeadline.uptimeNanoseconds(0)
  private var pumpIsDue = false
  private var nextSweep: NIODeadline?
  private var lastPost = NIODeadline.now()

  init(
    token: String, firstLane: HTTPLane, timeLimit: TimeAmount, pushes: RelayPushes.Source, eventLoop: any EventLoop,
    whenOver: @escaping () -> Void, openLane: @escaping OpenLane
  ) {
    self.token = token
    self.timeLimit = timeLimit
    self.pushes = pushes
    self.eventLoop = eventLoop
    self.openLane = openLane
    self.whenOver = whenOver
    end = eventLoop.makePromise()
    commandSlot.lane = firstLane
    keepAlive()
  }

  deinit { end.succeed() }

  /// Succeeds when the session is over.
  var ended: EventLoopFuture<Void> { end.futureResult }

  // MARK: Requests

  /// As ``RelayFrameHandler/send(_:deadline:waiter:)``.
  func send(_ command: ClientCommand, deadline: NIODeadline, waiter: @escaping Waiter) -> UInt64? {
    if let failure {
      waiter(.failure(failure))
      return nil
    }
    let id = requests.makeID()
    let frame: [UInt8]
    do throws(WireError) { frame = try FrameCodec.encode(ClientRequest(id: id, command: command)) } catch {
      waiter(.failure(.tooLarge))
      return nil
    }
    requests.add(waiter, id: id, deadline: deadline)
    let entry = Entry(id: id, frame: frame, kind: Self.kind(of: command))
    if case .fetch(let wait) = entry.kind, wait > .zero { polls.append(entry) } else { commands.append(entry) }
    sweep(at: deadline)
    pumpSoon(in: .zero)
    return id
  }

  /// Stops waiting for the answer of request `id`.
  func cancel(_ id: UInt64) { requests.take(id)?(.failure(.cancelled)) }

  /// Ends the session: tells the relay, if a connection is free for it, and waits a moment for that.
  func close() {
    guard failure == nil else { return }
    let free = ([commandSlot] + pollSlots).compactMap(\.lane).first(where: \.isFree)
    fail(.closed, keeping: free)
    guard let free, let told = free.send(.DELETE, session: token, body: []) else { return end.succeed() }
    let late = eventLoop.assumeIsolated().scheduleTask(in: Self.closingLimit) { free.close() }
    told.assumeIsolated().whenComplete { [end] _ in
      late.cancel()
      free.close()
      end.succeed()
    }
  }

  /// Publishing adds and handing out takes: twice is not once. Closing a mailbox, too, is answered otherwise then.
  private static func kind(of command: ClientCommand) -> Kind {
    switch command {
    case .owner(.fetch(let fetch)): .fetch(wait: .milliseconds(Int64(fetch.waitMilliseconds)))
    case .owner(.publish), .owner(.setAdmission), .owner(.closeMailbox), .sender(.fetchBundle): .once
    case .owner, .sender, .anyone: .repeatable
    }
  }

  // MARK: POSTs

  private func pumpSoon(in delay: TimeAmount) {
    guard !pumpIsDue else { return }
    pumpIsDue = true
    eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
      self?.pumpIsDue = false
      self?.pump()
    }
  }

  private func pump() {
    guard failure == nil else { return }
    let now = NIODeadline.now()
    guard now >= pausedUntil else { return pumpSoon(in: pausedUntil - now) }
    commands.removeAll { !requests.isWaiting($0.id) }
    polls.removeAll { !requests.isWaiting($0.id) }
    if !commandSlot.isBusy, !commands.isEmpty { post(takeCommands(), by: commandSlot, waiting: .zero) }
    for slot in pollSlots where !slot.isBusy && !polls.isEmpty {
      let poll = polls.removeFirst()
      guard case .fetch(let wait) = poll.kind else { continue }
      post([poll], by: slot, waiting: wait)
    }
  }

  /// As many as one body may hold, one fetch among them.
  private func takeCommands() -> [Entry] {
    var taken: [Entry] = []
    var left = DelimitedFrames.maximumRequestByteCount
    var hasFetch = false
    while taken.count < DelimitedFrames.maximumCount, let next = commands.first {
      let byteCount = next.frame.count + DelimitedFrames.lengthByteCount
      guard byteCount <= left else { break }
      if case .fetch = next.kind {
        guard !hasFetch else { break }
        hasFetch = true
      }
      left -= byteCount
      taken.append(commands.removeFirst())
    }
    return taken
  }

  private func post(_ entries: [Entry], by slot: Slot, waiting: TimeAmount) {
    slot.isBusy = true
    lastPost = .now()
    let body = DelimitedFrames.encode(entries.map(\.frame))
    let late = eventLoop.assumeIsolated().scheduleTask(in: timeLimit + waiting) {
      if let lane = slot.lane { lane.close() }
    }
    if let lane = slot.lane, let answer = lane.send(.POST, session: token, body: body) {
      answer.assumeIsolated().whenComplete { self.finished(entries, by: slot, late, $0) }
      return
    }
    openLane().assumeIsolated().whenComplete { opened in
      switch opened {
      case .failure(let error): self.finished(entries, by: slot, late, .failure(error))
      case .success(let lane):
        slot.lane = lane.value
        guard self.failure == nil, let answer = lane.value.send(.POST, session: self.token, body: body) else {
          lane.value.close()
          return self.finished(entries, by: slot, late, .failure(RelayClientError.closed))
        }
        answer.assumeIsolated().whenComplete { self.finished(entries, by: slot, late, $0) }
      }
    }
  }

  private func finished(
    _ entries: [Entry], by slot: Slot, _ late: Scheduled<Void>, _ result: Result<HTTPLane.Answer, any Error>
  ) {
    late.cancel()
    slot.isBusy = false
    guard failure == nil else { return }
    switch result {
    case .failure:
      slot.lane = nil
      again(entries, wereCarriedOut: true)
    case .success(let answer):
      switch answer.head.status {
      case .ok: deliver(answer)
      case .tooManyRequests: again(entries, wereCarriedOut: false)
      // Of something on the way: whether the relay got it is not known.
      case .badGateway, .serviceUnavailable, .gatewayTimeout: again(entries, wereCarriedOut: true)
      default: fail(.closed)
      }
    }
    pump()
  }

  /// Asks again what may be asked again.
  private func again(_ entries: [Entry], wereCarriedOut: Bool) {
    failures += 1
    guard failures < Self.mostFailures else { return fail(.closed) }
    pausedUntil = .now() + Self.pause * failures
    for entry in entries.reversed() {
      switch entry.kind {
      case .once where wereCarriedOut: requests.take(entry.id)?(.failure(.closed))
      case .fetch(let wait) where wait > .zero: polls.insert(entry, at: 0)
      case .fetch, .repeatable, .once: commands.insert(entry, at: 0)
      }
    }
  }

  private func deliver(_ answer: HTTPLane.Answer) {
    let frames: [RelayFrame]
    do throws(WireError) { frames = try Self.frames(in: answer) } catch {
      return fail(.protocolViolation(.malformedFrame))
    }
    failures = 0
    var isFencedOut = false
    for frame in frames {
      switch frame.event {
      case .fencedOut(let mailbox) where frame.requestID == 0:
        isFencedOut = true
        // One frame: nobody has to keep up.
        _ = pushes.yield(.fencedOut(mailbox))
      default:
        guard requests.wasIssued(frame.requestID) else { return fail(.protocolViolation(.unknownRequest)) }
        requests.take(frame.requestID)?(.success(frame.event))
      }
    }
    if isFencedOut { fail(.closed) }
  }

  /// The frames of an answer that must be one of the relay's.
  static func frames(in answer: HTTPLane.Answer) throws(WireError) -> [RelayFrame] {
    guard answer.head.headers["Content-Type"] == ["application/x-protobuf"] else { throw .notAFrame }
    var frames: [RelayFrame] = []
    // The answers, and what the relay says by itself: one for each mailbox that was open.
    for bytes in try DelimitedFrames.decode(answer.body, limit: 2 * DelimitedFrames.maximumCount) {
      frames.append(try FrameCodec.decodeFrame(bytes))
    }
    return frames
  }

  // MARK: Endings

  /// Tells everyone who waits, once.
  private func fail(_ error: RelayClientError, keeping kept: HTTPLane? = nil) {
    guard failure == nil else { return }
    failure = error
    whenOver()
    for waiter in requests.takeAll() { waiter(.failure(error)) }
    (commands, polls) = ([], [])
    pushes.finish()
    for slot in [commandSlot] + pollSlots {
      if slot.lane !== kept { slot.lane?.close() }
      slot.lane = nil
    }
    if kept == nil { end.succeed() }
  }

  // MARK: Time

  /// Makes sure that overdue requests are looked for at `deadline` at the latest.
  private func sweep(at deadline: NIODeadline) {
    if let nextSweep, nextSweep <= deadline { return }
    nextSweep = deadline
    eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
      guard let self, failure == nil, nextSweep == deadline else { return }
      nextSweep = nil
      for waiter in requests.takeOverdue(at: deadline) { waiter(.failure(.timedOut)) }
      if let next = requests.earliestDeadline { sweep(at: next) }
    }
  }

  /// Says something before the relay takes the silence for an end.
  private func keepAlive() {
    eventLoop.assumeIsolated().scheduleTask(in: Self.keepAliveInterval) { [weak self] in
      guard let self, failure == nil else { return }
      if !commandSlot.isBusy, .now() - lastPost >= Self.keepAliveInterval - .seconds(1) {
        post([], by: commandSlot, waiting: .zero)
      }
      keepAlive()
    }
  }
}
