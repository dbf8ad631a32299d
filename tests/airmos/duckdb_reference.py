# SPDX-License-Identifier: BSD-3-Clause
"""libduckdb by its C interface: the answer that a select of the drive must equal, computed without a drive."""

import csv
import ctypes
import os

library = ctypes.CDLL(os.path.join(os.environ["CSD_DUCKDB"], "libduckdb.so"))
library.duckdb_result_error.restype = ctypes.c_char_p


class Duck:
    def __init__(self, directory):
        self.answer = os.path.join(directory, "duckdb-answer.csv")
        database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        assert library.duckdb_open(None, ctypes.byref(database)) == 0
        assert library.duckdb_connect(database, ctypes.byref(self.connection)) == 0
        self.execute("SET threads = 2")

    def execute(self, sql):
        result = ctypes.create_string_buffer(256)  # a duckdb_result, with room for later versions
        status = library.duckdb_query(self.connection, sql.encode(), result)
        assert status == 0, library.duckdb_result_error(result)
        library.duckdb_destroy_result(result)

    def rows(self, sql):
        """The rows of a SELECT, as a CSV writer spells them."""
        self.execute(f"COPY ({sql}) TO '{self.answer}' (FORMAT csv, HEADER false)")
        with open(self.answer, newline="", encoding="utf-8") as file:
            return list(csv.reader(file))
