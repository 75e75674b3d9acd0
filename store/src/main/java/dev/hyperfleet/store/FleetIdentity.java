package dev.hyperfleet.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * The name that distinguishes this database's resources on the host from those of another: several servers, each with
 * its own database, may share a host and its folder for sockets.
 */
public final class FleetIdentity {
    private static final int BYTES = 4;
    private static final int LINK_KEY_BYTES = 32;

    private FleetIdentity() {}

    /** The key with which this fleet signs links: 32 bytes, created on first use. */
    public static byte[] linkKey(Database database, RandomGenerator random) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE fleet SET link_key = ? WHERE link_key IS NULL")) {
            byte[] key = new byte[LINK_KEY_BYTES];
            random.nextBytes(key);
            update.setBytes(1, key);
            update.executeUpdate();
            try (ResultSet row = statement.executeQuery("SELECT link_key FROM fleet")) {
                return row.getBytes(1);
            }
        } catch (SQLException failure) {
            throw database.failure("write", failure);
        }
    }

    /** The database's identity, 8 hexadecimal digits; created on first use. */
    public static String of(Database database, RandomGenerator random) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO fleet (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM fleet)")) {
            byte[] identity = new byte[BYTES];
            random.nextBytes(identity);
            insert.setString(1, HexFormat.of().formatHex(identity));
            insert.executeUpdate();
            try (ResultSet row = statement.executeQuery("SELECT id FROM fleet")) {
                return row.getString(1);
            }
        } catch (SQLException failure) {
            throw database.failure("write", failure);
        }
    }
}
