import Foundation
import Primitives
package import SecretMemory

/// A bucket of message keys, opened.
final class Bucket {
  let id: Int64
  let key: SecretBytes

  init(id: Int64, key: consuming SecretBytes) {
    self.id = id
    self.key = key
  }
}

/// The key tree (C13): a key per message, sealed under the key of its bucket, sealed under the erasure root.
extension VaultTransaction {
  /// Messages to a bucket. An erasure writes the touched buckets' surviving keys anew, so they must not be large.
  static let messagesPerBucket: Int64 = 256

  private static func bucketPlace(_ bucketID: Int64) -> ColumnPlace {
    ColumnPlace(.keyBucket, "sealed_key", bucketID)
  }

  private static func keyPlace(_ messageID: Int64) -> ColumnPlace { ColumnPlace(.message, "sealed_key", messageID) }

  private static func contentPlace(_ messageID: Int64) -> ColumnPlace {
    ColumnPlace(.message, "sealed_content", messageID)
  }

  /// What a message row holds of its content.
  struct SealedContent {
    let bucketID: Int64
    let sealedKey: Data
    let sealedContent: Data
  }

  /// Seals a message's content under a new key of its own, in the newest bucket that has room.
  func sealContent(_ content: [UInt8], messageID: Int64) throws(VaultError) -> SealedContent {
    let bucket = try bucketWithRoom()
    let messageKey = try randomness.vaultKey()
    let sealedContent = try SealedValue.seal(
      content, key: messageKey, at: Self.contentPlace(messageID), nonce: nonces.next())
    let sealedKey = try SealedValue.seal(
      secret: messageKey, key: bucket.key, at: Self.keyPlace(messageID), nonce: nonces.next())
    kept.roomyBucket?.messageCount += 1
    kept.unwritten.insert(.buckets)
    return SealedContent(bucketID: bucket.id, sealedKey: sealedKey, sealedContent: sealedContent)
  }

  /// Opens a message's content.
  func openContent(_ sealed: SealedContent, messageID: Int64) throws(VaultError) -> [UInt8] {
    let messageKey = try openMessageKey(sealed.sealedKey, in: sealed.bucketID, messageID)
    return try SealedValue.open(sealed.sealedContent, key: messageKey, at: Self.contentPlace(messageID))
  }

  /// The key of a message, 32 bytes; nil when it was destroyed, or there is no such message.
  package func messageKey(_ messageID: Int64) throws(VaultError) -> SecretBytes? {
    guard let row = try row("SELECT bucket_id, sealed_key FROM message WHERE id = ?", [messageID]),
      let bucketID = try row.optionalInteger(0)
    else { return nil }
    return try openMessageKey(try row.blob(1), in: bucketID, messageID)
  }

  /// Neighbours lie in one bucket: its key is kept until another one is needed, within this transaction.
  private func openMessageKey(_ sealed: Data, in bucketID: Int64, _ messageID: Int64) throws(VaultError) -> SecretBytes
  {
    let bucket: Bucket
    if let last = openedBucket, last.id == bucketID {
      bucket = last
    } else {
      bucket = Bucket(id: bucketID, key: try bucketKey(bucketID))
      openedBucket = bucket
    }
    return try SealedValue.openSecret(sealed, key: bucket.key, at: Self.keyPlace(messageID))
  }

  private func bucketKey(_ bucketID: Int64) throws(VaultError) -> SecretBytes {
    guard let row = try row("SELECT sealed_key FROM key_bucket WHERE id = ?", [bucketID]) else {
      throw Self.bucketPlace(bucketID).damaged
    }
    return try root.openSecret(try row.blob(0), at: Self.bucketPlace(bucketID))
  }

  static let bucketUpdate = "UPDATE key_bucket SET message_count = ? WHERE id = ?"

  /// The newest bucket if it has room, else a new one: ``KeptRows/roomyBucket``.
  private func bucketWithRoom() throws(VaultError) -> Bucket {
    if let kept = kept.roomyBucket, kept.messageCount < Self.messagesPerBucket { return kept.bucket }
    if let newest = try row("SELECT id, message_count, sealed_key FROM key_bucket ORDER BY id DESC LIMIT 1"),
      try newest.integer(1) < Self.messagesPerBucket
    {
      let id = try newest.integer(0)
      let bucket =
        if let last = openedBucket, last.id == id { last } else {
          Bucket(id: id, key: try root.openSecret(try newest.blob(2), at: Self.bucketPlace(id)))
        }
      openedBucket = bucket
      kept.roomyBucket = KeptRows.RoomyBucket(bucket: bucket, messageCount: try newest.integer(1))
      return bucket
    }
    let id = try nextRowID(.keyBucket)
    let key = try randomness.vaultKey()
    let sealed = try root.seal(secret: key, at: Self.bucketPlace(id), nonce: nonces.next())
    try execute("INSERT INTO key_bucket (id, message_count, sealed_key) VALUES (?, 0, ?)", [id, sealed])
    let bucket = Bucket(id: id, key: key)
    kept.roomyBucket = KeptRows.RoomyBucket(bucket: bucket, messageCount: 0)
    return bucket
  }
}

// MARK: - Erasure

extension VaultTransaction {
  /// Drops keys and contents of the messages.
  ///
  /// - Returns: the buckets that held one of the keys, ascending.
  func dropMessageKeys(_ messageIDs: [Int64]) throws(VaultError) -> [Int64] {
    var buckets: Set<Int64> = []
    for messageID in Set(messageIDs) {
      guard let row = try row("SELECT bucket_id FROM message WHERE id = ?", [messageID]),
        let bucketID = try row.optionalInteger(0)
      else { continue }
      try executeOnOne(
        "UPDATE message SET bucket_id = NULL, sealed_key = NULL, sealed_content = NULL WHERE id = ?", [messageID])
      try execute("DELETE FROM operation_field WHERE message_id = ?", [messageID])
      buckets.insert(bucketID)
    }
    return buckets.sorted()
  }

  /// Seals the keys that a bucket still has under a new bucket key; an empty bucket goes.
  ///
  /// The new bucket key lies under the present root: ``sealBuckets(under:)`` follows in the same transaction.
  func renewBucket(_ bucketID: Int64) throws(VaultError) {
    let survivors = try rows("SELECT id, sealed_key FROM message WHERE bucket_id = ?", [bucketID])
    guard !survivors.isEmpty else {
      try executeOnOne("DELETE FROM key_bucket WHERE id = ?", [bucketID])
      return
    }
    let oldKey = try bucketKey(bucketID)
    openedBucket = nil
    let newKey = try randomness.vaultKey()
    for survivor in survivors {
      let place = Self.keyPlace(try survivor.integer(0))
      let messageKey = try SealedValue.openSecret(try survivor.blob(1), key: oldKey, at: place)
      let sealed = try SealedValue.seal(secret: messageKey, key: newKey, at: place, nonce: nonces.next())
      try executeOnOne("UPDATE message SET sealed_key = ? WHERE id = ?", [sealed, place.rowID])
    }
    let sealed = try root.seal(secret: newKey, at: Self.bucketPlace(bucketID), nonce: nonces.next())
    try executeOnOne(
      "UPDATE key_bucket SET sealed_key = ?, message_count = ? WHERE id = ?",
      [sealed, Int64(survivors.count), bucketID])
  }

  /// Seals every bucket key under the next root and stores the next generation.
  func sealBuckets(under next: ErasureRoot) throws(VaultError) {
    for row in try rows("SELECT id, sealed_key FROM key_bucket") {
      let place = Self.bucketPlace(try row.integer(0))
      let key = try root.openSecret(try row.blob(1), at: place)
      let sealed = try next.seal(secret: key, at: place, nonce: nonces.next())
      try executeOnOne("UPDATE key_bucket SET sealed_key = ? WHERE id = ?", [sealed, place.rowID])
    }
    try executeOnOne(
      "UPDATE vault_state SET erasure_generation = ? WHERE id = 1", [try Self.stored(next.generation)])
  }
}
