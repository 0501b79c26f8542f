import ByteLayout

/// Every label under which the vault derives or binds something (C13). Here and nowhere else.
enum VaultLabel {
  /// HKDF info: wrapping key(32) ‖ commitment(32) from the passphrase key or the key file.
  static let wrapping = "Sotto_VaultWrap_v1"
  /// Associated data of the wrapped master key.
  static let header = "Sotto_VaultHeader_v1"
  /// HKDF info, then 0 and the table's name: the key of a table's sealed columns.
  static let table = "Sotto_VaultTable_v1"
  /// HKDF info: the key of the look-up hashes.
  static let lookup = "Sotto_VaultLookup_v1"
  /// HKDF info: the key of the search tokens.
  static let search = "Sotto_VaultSearch_v1"
  /// HKDF info and associated data: the key of the slots of `erasure.key`.
  static let erasureSlot = "Sotto_VaultErasure_v1"
  /// Associated data of every sealed column value.
  static let column = "Sotto_Vault_v1"

  /// label ‖ 0x00 ‖ rest.
  static func bytes(_ label: String, _ rest: [UInt8] = []) -> [UInt8] { [UInt8](label.utf8) + [0] + rest }
}

/// The tables with sealed columns. The raw value is the name in SQL, in the table's key and in the associated data.
enum VaultTable: String, CaseIterable, Sendable {
  case accountValue = "account_value"
  case contact
  case slot
  case invite
  case deviceSecret = "device_secret"
  case deviceValue = "device_value"
  case mailbox
  case sealingKey = "sealing_key"
  case signedPrekey = "signed_prekey"
  case oneTimePrekey = "one_time_prekey"
  case peerDevice = "peer_device"
  case session
  case conversation
  case message
  case event
  case outbox
  case dueReceipt = "due_receipt"
  case quarantine
  case healing
  case sentControl = "sent_control"
  case disputedLists = "disputed_lists"
  case messageLife = "message_life"
  case pendingOperation = "pending_operation"
  case peerCapability = "peer_capability"
  case contactProfile = "contact_profile"
  case storedEnvelope = "stored_envelope"
  case clientReference = "client_reference"
  case eventConsumer = "event_consumer"
  case accessToken = "access_token"
  case webhook
  case deadLetter = "dead_letter"
  /// Its values are sealed under the keys of their messages, not under a table key.
  case operationField = "operation_field"
  /// Its keys are sealed under the erasure root, not under a table key.
  case keyBucket = "key_bucket"

  /// Whether its sealed columns have a key of their own.
  var hasKey: Bool { self != .keyBucket && self != .operationField }
}
