import Testing
import Vault

@Suite struct `What is recognised when it comes again` {
  @Test func `numbers in any order, each counted once`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let device = try transaction.addConversation().device
      func note(_ number: UInt64, _ isNew: Bool, _ upTo: UInt64) throws {
        let result = try transaction.noteReceived(peerDeviceID: device, pairSeq: number)
        #expect(result.isNew == isNew && result.receivedUpTo == upTo, "\(number): \(result)")
      }
      try note(1, true, 1)
      try note(1, false, 1)
      try note(4, true, 1)
      try note(3, true, 1)
      try note(4, false, 1)
      try note(7, true, 1)
      try note(2, true, 4)
      try note(3, false, 4)
      try note(6, true, 4)
      try note(5, true, 7)
      #expect(try transaction.receivedAheadCount(peerDeviceID: device) == 0)
      #expect(try transaction.peerDevice(id: device)?.receivedUpTo == 7)
      try note(UInt64(Int64.max), true, 7)
      #expect(throws: VaultError.outOfRange) { try note(0, true, 0) }
      #expect(throws: VaultError.outOfRange) { try note(1 << 63, true, 0) }
      #expect(throws: VaultError.notStored) { try transaction.noteReceived(peerDeviceID: 99, pairSeq: 1) }
    }
  }

  @Test func `numbers ahead of a gap are bounded`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let device = try transaction.addConversation().device
      let bound = UInt64(VaultTransaction.maximumReceivedAhead)
      #expect(bound == 10_000)
      for number in 2...(bound + 1) { _ = try transaction.noteReceived(peerDeviceID: device, pairSeq: number) }
      #expect(try transaction.noteReceived(peerDeviceID: device, pairSeq: bound + 2).isNew)
      #expect(try transaction.receivedAheadCount(peerDeviceID: device) == 10_000)
      // The one too many was not kept: it must come again.
      #expect(try transaction.noteReceived(peerDeviceID: device, pairSeq: 1).receivedUpTo == bound + 1)
      #expect(try transaction.noteReceived(peerDeviceID: device, pairSeq: bound + 2).receivedUpTo == bound + 2)
    }
  }

  @Test func `the newest thousand retired keys of each session`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      try transaction.insertRetiredKey(sessionHash: hash(2), keyHash: hash(0))
      for number in 0..<1_003 {
        try transaction.insertRetiredKey(sessionHash: hash(1), keyHash: hash(number))
        try transaction.insertRetiredKey(sessionHash: hash(1), keyHash: hash(number))
      }
      for number in 0..<1_003 {
        #expect(try transaction.isRetiredKey(sessionHash: hash(1), keyHash: hash(number)) == (number >= 3))
      }
      #expect(try transaction.isRetiredKey(sessionHash: hash(2), keyHash: hash(0)))
      #expect(try !transaction.isRetiredKey(sessionHash: hash(2), keyHash: hash(500)))
      try transaction.deleteRetiredKeys(sessionHash: hash(1))
      #expect(try !transaction.isRetiredKey(sessionHash: hash(1), keyHash: hash(500)))
      #expect(try transaction.isRetiredKey(sessionHash: hash(2), keyHash: hash(0)))
    }
  }

  @Test func `hashes until their time, and the later time counts`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      try transaction.insertSeenMessage(hash: hash(1), keepUntil: 100)
      try transaction.insertSeenMessage(hash: hash(1), keepUntil: 50)
      try transaction.insertSeenEphemeral(hash: hash(2), keepUntil: 10)
      #expect(try transaction.isSeenMessage(hash: hash(1)))
      #expect(try !transaction.isSeenMessage(hash: hash(2)))
      #expect(try transaction.isSeenEphemeral(hash: hash(2)))
      #expect(try !transaction.isSeenEphemeral(hash: hash(1)))
      #expect(try transaction.purgeSeenMessages(before: 100) == 0)
      #expect(try transaction.purgeSeenMessages(before: 101) == 1)
      #expect(try !transaction.isSeenMessage(hash: hash(1)))
      #expect(try transaction.isSeenEphemeral(hash: hash(2)))
      #expect(try transaction.purgeSeenEphemerals(before: 11) == 1)

      try transaction.insertKnownSession(sessionHash: hash(1), keepUntil: 100)
      try transaction.insertKnownSession(sessionHash: hash(1), keepUntil: 90)
      #expect(try transaction.purgeKnownSessions(before: 100) == 0)
      #expect(try transaction.isKnownSession(sessionHash: hash(1)))
      #expect(try transaction.purgeKnownSessions(before: 101) == 1)
      #expect(try !transaction.isKnownSession(sessionHash: hash(1)))
    }
  }

  @Test func `the sent log keeps what is not acknowledged`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let ids = try transaction.addConversation()
      let message = try transaction.addMessage(1, in: ids.conversation, "text")
      for number: UInt64 in 1...5 {
        try transaction.insertSentLog(
          SentLogRecord(
            peerDeviceID: ids.device, pairSeq: number, messageID: number == 4 ? message : nil, at: Int64(number)))
      }
      #expect(throws: VaultError.duplicate) {
        try transaction.insertSentLog(SentLogRecord(peerDeviceID: ids.device, pairSeq: 5, at: 1))
      }
      #expect(try transaction.dropSentLogCovered(peerDeviceID: ids.device, upTo: 2) == 2)
      #expect(try transaction.dropSentLogOlder(than: 4) == 1)
      #expect(
        try transaction.sentLog(peerDeviceID: ids.device, pairSeq: 4)
          == SentLogRecord(peerDeviceID: ids.device, pairSeq: 4, messageID: message, at: 4))
      #expect(try transaction.sentLog(peerDeviceID: ids.device, pairSeq: 3) == nil)
      #expect(try transaction.dropSentLogCovered(peerDeviceID: ids.device, upTo: .max) == 2)
    }
  }
}
