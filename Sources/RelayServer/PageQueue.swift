package import RelayWire

/// Which page one connection reads next: for fetches, for fetches that wait, for subscriptions. Pure.
///
/// One page at a time is read from the store, and only when the shell asks, that is when the client keeps up; so a
/// connection never has more than one page in memory (R7). Does not read, write or measure time.
package struct PageQueue {
  /// A page to read from the store now.
  package struct Read: Hashable, Sendable {
    package let mailbox: MailboxID
    package let after: UInt64
    package let limit: Int

    package init(mailbox: MailboxID, after: UInt64, limit: Int) {
      self.mailbox = mailbox
      self.after = after
      self.limit = limit
    }
  }

  /// What to do with a page that was read.
  package enum Finished: Hashable, Sendable {
    /// Answer request `id` with it.
    case answer(id: UInt64, number: Int)
    /// Push it to the subscriber.
    case push
    /// Nothing to send: it was empty and the reader waits, or the reader is gone.
    case nothing
  }

  /// Fetches of one connection that are not answered yet, at most.
  package static let maximumFetches = 64

  private struct Fetch {
    let requestID: UInt64
    let read: Read
    /// Wait for something to come as long as this is true.
    var waits: Bool
  }

  private struct Subscription {
    /// Tells a subscription from an earlier one of the same mailbox, whose page may still be on its way.
    let number: Int
    var after: UInt64
    var isQueued = true
  }

  private enum Job: Equatable {
    case fetch(Int)
    case subscription(MailboxID, Int)

    func concerns(_ mailbox: MailboxID) -> Bool {
      switch self {
      case .fetch: false
      case .subscription(let subscribed, _): subscribed == mailbox
      }
    }
  }

  private var fetches: [Int: Fetch] = [:]
  private var subscriptions: [MailboxID: Subscription] = [:]
  private var queue: [Job] = []
  private var reading: Job?
  /// The mailbox that is being read got something meanwhile: an empty page is out of date.
  private var changedWhileReading = false
  private var nextNumber = 0

  package init() {}

  /// Whether `mailbox` is subscribed.
  package func isSubscribed(_ mailbox: MailboxID) -> Bool { subscriptions[mailbox] != nil }

  /// Takes a fetch up.
  ///
  /// - Returns: its number, for ``waitIsOver(_:)``; nil when too many are unanswered.
  package mutating func fetch(_ command: FetchCommand, requestID: UInt64) -> Int? {
    guard fetches.count < Self.maximumFetches else { return nil }
    let number = makeNumber()
    fetches[number] = Fetch(
      requestID: requestID, read: Read(mailbox: command.mailbox, after: command.after, limit: command.limit),
      waits: command.waitMilliseconds > 0)
    queue.append(.fetch(number))
    return number
  }

  /// The time of a waiting fetch has passed: it gets what there is, even if that is nothing.
  package mutating func waitIsOver(_ number: Int) {
    guard fetches[number]?.waits == true else { return }
    fetches[number]?.waits = false
    let job = Job.fetch(number)
    if reading != job, !queue.contains(job) { queue.append(job) }
  }

  /// Subscribes, or starts an existing subscription anew from another place.
  package mutating func subscribe(_ mailbox: MailboxID, after: UInt64) {
    queue.removeAll { $0.concerns(mailbox) }
    let number = makeNumber()
    subscriptions[mailbox] = Subscription(number: number, after: after)
    queue.append(.subscription(mailbox, number))
  }

  /// Something was stored in `mailbox`.
  package mutating func changed(_ mailbox: MailboxID) {
    if let reading, read(for: reading)?.mailbox == mailbox { changedWhileReading = true }
    if let subscription = subscriptions[mailbox], !subscription.isQueued {
      subscriptions[mailbox]?.isQueued = true
      queue.append(.subscription(mailbox, subscription.number))
    }
    for (number, fetch) in fetches where fetch.waits && fetch.read.mailbox == mailbox {
      let job = Job.fetch(number)
      if reading != job, !queue.contains(job) { queue.append(job) }
    }
  }

  /// Forgets everything about `mailbox`.
  ///
  /// - Returns: the requests that will get no page.
  package mutating func forget(_ mailbox: MailboxID) -> [UInt64] {
    subscriptions[mailbox] = nil
    let gone = fetches.filter { $0.value.read.mailbox == mailbox }
    for number in gone.keys { fetches[number] = nil }
    queue.removeAll { job in
      if case .fetch(let number) = job { return gone[number] != nil }
      return job.concerns(mailbox)
    }
    return gone.values.map(\.requestID).sorted()
  }

  /// The page to read next; nil while one is being read, and when nobody wants one.
  package mutating func next() -> Read? {
    guard reading == nil else { return nil }
    while !queue.isEmpty {
      let job = queue.removeFirst()
      guard let read = read(for: job) else { continue }
      reading = job
      changedWhileReading = false
      if case .subscription(let mailbox, _) = job { subscriptions[mailbox]?.isQueued = false }
      return read
    }
    return nil
  }

  /// The page that ``next()`` asked for is there.
  package mutating func finished(_ page: MailboxPage) -> Finished {
    guard let job = reading else { return .nothing }
    reading = nil
    switch job {
    case .fetch(let number): return finished(page, number)
    case .subscription(let mailbox, let number): return finished(page, mailbox, number)
    }
  }

  /// The page that ``next()`` asked for could not be read.
  ///
  /// - Returns: the request to refuse; nil for a subscription, which ends.
  package mutating func failed() -> UInt64? {
    defer { reading = nil }
    switch reading {
    case .fetch(let number): return fetches.removeValue(forKey: number)?.requestID
    case .subscription(let mailbox, let number):
      guard subscriptions[mailbox]?.number == number else { return nil }
      subscriptions[mailbox] = nil
      queue.removeAll { $0.concerns(mailbox) }
      return nil
    case nil: return nil
    }
  }

  private func read(for job: Job) -> Read? {
    switch job {
    case .fetch(let number): fetches[number]?.read
    case .subscription(let mailbox, let number):
      subscriptions[mailbox].flatMap { subscription in
        guard subscription.number == number else { return nil }
        return Read(mailbox: mailbox, after: subscription.after, limit: WireLimits.maximumPageItems)
      }
    }
  }

  private mutating func makeNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }

  private mutating func finished(_ page: MailboxPage, _ number: Int) -> Finished {
    guard let fetch = fetches[number] else { return .nothing }
    // A head below what the owner has says that the relay forgot something: that is news, not silence.
    if page.items.isEmpty, fetch.waits, page.head >= fetch.read.after {
      if changedWhileReading { queue.append(.fetch(number)) }
      return .nothing
    }
    fetches[number] = nil
    return .answer(id: fetch.requestID, number: number)
  }

  private mutating func finished(_ page: MailboxPage, _ mailbox: MailboxID, _ number: Int) -> Finished {
    guard var subscription = subscriptions[mailbox], subscription.number == number else { return .nothing }
    let isNews = !page.items.isEmpty || page.head < subscription.after
    subscription.after = page.end
    if !subscription.isQueued, page.more || changedWhileReading {
      subscription.isQueued = true
      queue.append(.subscription(mailbox, number))
    }
    subscriptions[mailbox] = subscription
    return isNews ? .push : .nothing
  }
}
