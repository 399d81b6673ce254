"""The book's device is the one that was asked for, or an error."""

import dataclasses

import pytest
import torch

from snnbook import device


@pytest.fixture
def gpu(monkeypatch):
    """Pretend that torch sees a GPU, or none."""

    def pretend(seen):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: seen)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A GPU")

    return pretend


def test_the_cpu_is_the_default(monkeypatch):
    monkeypatch.delenv("SNNBOOK_DEVICE", raising=False)
    assert device.book_device() == torch.device("cpu")


def test_the_cpu_stays_the_cpu_where_a_gpu_is_there(monkeypatch, gpu):
    gpu(True)
    monkeypatch.setenv("SNNBOOK_DEVICE", "cpu")
    assert device.book_device() == torch.device("cpu")


def test_cuda_is_given_where_it_is_there(monkeypatch, gpu):
    gpu(True)
    monkeypatch.setenv("SNNBOOK_DEVICE", "cuda")
    assert device.book_device() == torch.device("cuda")


@pytest.mark.parametrize(
    ("build", "said"), [(None, "built with no CUDA"), ("13.1", "built with CUDA 13.1")]
)
def test_cuda_without_a_gpu_is_an_error_with_the_remedy(monkeypatch, gpu, build, said):
    gpu(False)
    monkeypatch.setattr(torch.version, "cuda", build)
    monkeypatch.setenv("SNNBOOK_DEVICE", "cuda")
    with pytest.raises(RuntimeError, match=r"sees no GPU.*snnbook-cpu") as error:
        device.book_device()
    assert said in str(error.value)


@pytest.mark.parametrize("asked", ["", "CUDA", "cuda:0", "mps", " cpu"])
def test_any_other_value_is_an_error_that_names_it(monkeypatch, asked):
    monkeypatch.setenv("SNNBOOK_DEVICE", asked)
    with pytest.raises(ValueError, match="allowed are 'cpu' and 'cuda'") as error:
        device.book_device()
    assert repr(asked) in str(error.value)


def test_versions_are_those_of_this_run(gpu):
    gpu(False)
    found = device.versions()
    assert found.torch == torch.__version__
    assert found.cuda == torch.version.cuda
    assert found.gpu is None


def test_versions_name_the_gpu(gpu):
    gpu(True)
    assert device.versions().gpu == "A GPU"


def test_versions_without_an_installed_package_say_so(monkeypatch):
    def missing(name):
        raise device.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(device.metadata, "version", missing)
    assert device.versions().snnbook == "not installed"


def test_printed_versions_have_one_line_each():
    found = device.Versions(python="3.11.7", snnbook="0.1.0", torch="2.13.0", cuda=None, gpu=None)
    assert str(found).splitlines() == [
        "Python   3.11.7",
        "snnbook  0.1.0",
        "PyTorch  2.13.0",
        "CUDA     none (torch is a CPU build)",
        "GPU      none",
    ]
    with_gpu = dataclasses.replace(found, cuda="13.1", gpu="A GPU")
    assert str(with_gpu).splitlines()[3:] == ["CUDA     13.1", "GPU      A GPU"]
