package dev.hyperfleet.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A database as a server of one schema version left it, from {@code golden/<version>.sql}. */
record GoldenDatabase(Path path) {
    /** The text of this version; empty if there is none. */
    static Optional<String> text(int version) {
        return resource("golden/" + version + ".sql");
    }

    private static Optional<String> resource(String name) {
        try (InputStream content = GoldenDatabase.class.getResourceAsStream(name)) {
            return content == null
                    ? Optional.empty()
                    : Optional.of(new String(content.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Writes the database of this version to a new file. */
    static GoldenDatabase create(int version, Path path) throws SQLException {
        return new GoldenDatabase(path).execute(text(version).orElseThrow());
    }

    /** An empty one of this version, created by the migrations. */
    static GoldenDatabase empty(int version, Path path) throws SQLException {
        GoldenDatabase database = new GoldenDatabase(path);
        for (int each = 1; each <= version; each++) {
            database.execute(resource(each + ".sql").orElseThrow());
        }
        return database;
    }

    private GoldenDatabase execute(String script) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String command : script.split(";\n", -1)) {
                if (!command.isBlank()) {
                    statement.executeUpdate(command);
                }
            }
        }
        return this;
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + path);
    }

    /** All tables except SQLite's own. */
    List<String> tables() throws SQLException {
        return query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
    }

    /** The names of a table's columns. */
    List<String> columns(String table) throws SQLException {
        return query("SELECT name FROM pragma_table_info('%s')".formatted(table));
    }

    /** All columns with their types and defaults, and all indexes, sorted. */
    List<String> schema() throws SQLException {
        return query("SELECT m.name || '.' || c.name || ' ' || c.type || ' notnull ' || c.\"notnull\" || ' default '"
                + " || coalesce(c.dflt_value, '-') || ' pk ' || c.pk"
                + " FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
                + " UNION SELECT 'index ' || name || ' of ' || tbl_name FROM sqlite_master WHERE type = 'index'"
                + " ORDER BY 1");
    }

    /** The first column of the rows that a query finds. */
    List<String> query(String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }
}
