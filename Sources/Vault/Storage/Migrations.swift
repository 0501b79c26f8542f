import GRDB

/// The migrations, oldest first. A published one is never changed: append.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: first light") { database in
      try database.execute(sql: FirstLightSchema.sql)
    }
    migrator.registerMigration("2: sessions that heal") { database in
      try database.execute(sql: HealingSchema.sql)
    }
    migrator.registerMigration("3: operations and self-destruct") { database in
      try database.execute(sql: SelfDestructSchema.sql)
    }
    migrator.registerMigration("4: search") { database in
      try database.execute(sql: SearchSchema.sql)
    }
    migrator.registerMigration("5: turns in the outbox") { database in
      try database.execute(sql: TurnSchema.sql)
    }
    migrator.registerMigration("6: local interface") { database in
      try database.execute(sql: LocalInterfaceSchema.sql)
    }
    migrator.registerMigration("7: tokens and webhooks") { database in
      try database.execute(sql: AccessSchema.sql)
    }
    migrator.registerMigration("8: files at relays") { database in
      try database.execute(sql: StoredFilesSchema.sql)
    }
    migrator.registerMigration("9: post-quantum prekeys") { database in
      try database.execute(sql: PostQuantumSchema.sql)
    }
    migrator.registerMigration("10: profiles") { database in
      try database.execute(sql: ProfileSchema.sql)
    }
    migrator.registerMigration("11: edits") { database in
      try database.execute(sql: EditSchema.sql)
    }
    return migrator
  }
}
