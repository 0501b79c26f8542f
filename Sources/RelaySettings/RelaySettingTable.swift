package import Settings

extension RelaySetting {
  /// The row of the table.
  package var definition: SettingDefinition {
    switch self {
    case .data: row(.text, "", "The folder that the relay keeps its data in; made if it is missing.")
    case .listen:
      row(
        .text, "127.0.0.1:8440",
        "Where to listen: an address (of loopback, without TLS) and a port, where 0 takes a free one; unix:PATH, a socket of mode 0660; or systemd, the socket that systemd hands over."
      )
    case .insecurePlaintext:
      row(
        .yesNo, "false", "Listen without TLS on an address that others can reach, for behind something that encrypts.")
    case .tlsCertificate: row(.text, "", "The certificate for TLS and those above it, in PEM: the relay's own first.")
    case .tlsKey: row(.text, "", "The certificate's private key, in PEM, not encrypted.")
    case .logLevel:
      row(
        .choice(["trace", "debug", "info", "notice", "warning", "error"]), "notice",
        "How much to log on standard error.")
    case .logFormat:
      row(
        .choice(["auto", "json", "text"]), "auto",
        "How a line of the log looks; auto is text on a terminal and else json.")
    case .metricsListen:
      row(
        .text, "",
        "Where to tell numbers to Prometheus: an address of loopback and a port, or unix:PATH; empty: nowhere.")
    case .metricsAnyAddress: row(.yesNo, "false", "Let metrics.listen be an address that others can reach.")
    case .registration:
      row(
        .choice(["open", "token", "closed"]), "open",
        "Who may open a new mailbox: anybody, whoever has a token of `sotto-relay token create`, or nobody.")
    case .requestWorkBits:
      row(.number(0...26), "0", "Bits of work that a stranger's envelope (class request) must show; 0: none.")
    case .rateLimits:
      row(
        .choice(["standard", "off"]), "standard",
        "Whether senders are limited by limits.…; off is for measurements and for relays of friends.")
    case .connectionBurst: row(.number(1...1_000_000), "4096", "Requests of one connection at once.")
    case .connectionPerSecond:
      row(.number(1...1_000_000), "200", "Requests of one connection per second, in the long run.")
    case .entryBurst:
      row(.number(1...1_000_000), "2048", "Requests by one admission entry (a contact and day, or an invite) at once.")
    case .entryPerSecond:
      row(.number(1...1_000_000), "20", "Requests by one admission entry per second, in the long run.")
    case .addressBurst: row(.number(1...10_000_000), "16384", "Requests from one address prefix (/24, /48) at once.")
    case .addressPerSecond:
      row(.number(1...10_000_000), "800", "Requests from one address prefix per second, in the long run.")
    case .registrationBurst:
      row(.number(1...1_000_000), "32", "First openings of mailboxes from one address prefix (/24, /48) at once.")
    case .registrationPerHour:
      row(
        .number(1...1_000_000), "32",
        "First openings of mailboxes from one address prefix per hour, in the long run.")
    case .maximumConnections:
      row(.number(1...1_000_000), "16000", "Connections at a time; each takes a descriptor (LimitNOFILE=).")
    case .quotaEnvelopes: row(.number(1_000...100_000_000), "131072", "Envelopes that may wait in one mailbox.")
    case .quotaBytes: row(.number((1 << 20)...(1 << 42)), "1073741824", "Bytes that may wait in one mailbox.")
    case .blobsTotalBytes:
      row(
        .number((1 << 20)...(1 << 50)), "34359738368", "Bytes of all files, unfinished ones as large as they will be.")
    case .blobsMailboxBytes:
      row(
        .number((1 << 20)...(1 << 50)), "4294967296",
        "Bytes of files that the senders of one mailbox may leave in a day; one contact, half of that.")
    case .blobsFileBytes:
      row(.number(16_458...1_074_020_409), "1074020409", "Bytes of the largest file, as it is encrypted (1 GiB).")
    case .blobsRetentionDays:
      row(.choice(["1", "7", "30"]), "30", "Days that a file is kept at most, whatever its sender asks for.")
    case .shutdownSeconds:
      row(.number(1...300), "5", "Seconds that connections have to end in order when the relay ends.")
    }
  }

  private func row(_ kind: SettingKind, _ standard: String, _ help: String) -> SettingDefinition {
    SettingDefinition(kind: kind, standard: standard, help: help)
  }
}
