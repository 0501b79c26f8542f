package import RelayCore
package import RelayWire

/// How a store is tuned. The defaults are what was measured; tests set smaller ones to meet the limits sooner.
package struct StoreTuning: Sendable {
  /// WAL frames from which on a checkpoint runs beside the writer: 128 MiB. The rarer, the fewer pages are copied that change
  /// again; and the writer stands still at the end of each, which at 32 MiB was more than one put in a hundred.
  package var checkpointPages = 32_768
  /// WAL frames at which the writer stops for a checkpoint of its own: 256 MiB (Protocol §2).
  package var backstopPages = 65_536
  /// The size of the database in pages, or nil for the disk's own limit.
  package var maximumPageCount: Int?
  /// Envelopes that one group commits at most; 256 were measured to take 6 ms instead of 2.
  package var maximumGroup = 64
  /// What may wait in one mailbox.
  package var quota = MailboxQuota()
  /// Who may open a new mailbox.
  package var registration = RegistrationMode.open
  /// What an envelope of class request needs (C15); 0: no work.
  package var requestWorkBits: UInt32 = 0
  /// How long an acknowledgement may wait for the group of a put, which then has one fsync with it instead of two; zero: none.
  package var patience = Duration.milliseconds(5)
  /// How long acknowledged envelopes wait for their deletion, unless ``lazyBatch`` of them are there before: small
  /// deletions, each with its fsync, would keep the disk from those who wait for a receipt.
  package var lazyDelay = Duration.seconds(1)
  /// How long after a put the next one may be near: meanwhile deletions are so small that it hardly waits for one.
  package var liveTime = Duration.milliseconds(50)
  /// Rows that one transaction of lazy deletion touches; four times as many when nobody waits.
  package var lazyBatch = 256
  /// Called after every group: how many writes it had, how long it took, and whether it is durable.
  package var afterCommit: (@Sendable (_ writes: Int, _ time: Duration, _ isDurable: Bool) -> Void)?
  /// Called directly before every COMMIT of a group; throwing fails the group. For tests of crashes.
  package var beforeCommit: (@Sendable () throws -> Void)?

  package init() {}
}
