"""
Payouts by ISO 20022 files.

    pain001   a submission as pain.001.001.09; the same submission is the same file, byte for byte
    pain002   the bank's status report, as answers
    camt053   the bank's statement, as answers
    reading   any file of a bank, by what it says it is
    xml       files of others read safely: bounded, without entities or document types
    folders   where files are put and found
"""
