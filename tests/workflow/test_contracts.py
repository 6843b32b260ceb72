"""The files of the nano study are what docs/design.md says they are."""

from tests.contracts import complaints, contract_of


def test_every_parquet_file_of_the_nano_study_keeps_its_contract(nano):
    assert complaints(nano.folder / "results/nano") == []


def test_the_nano_study_leaves_most_kinds_of_files(nano):
    results = nano.folder / "results/nano"
    kinds = {
        contract.name for file in results.rglob("*.parquet") for contract in contract_of(file.relative_to(results).as_posix())
    }
    assert len(kinds) >= 14
