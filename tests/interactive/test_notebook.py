"""A figure in a notebook: a widget where a reader sits, its own page where a program runs it."""

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

CODE = """
from snnbook.interactive import explore
from snnbook.neuron import IFNode
explorer = explore(IFNode(), 0.5)
explorer
"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_program_gets_the_page_and_no_widget():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    done = NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (output,) = done.cells[0].outputs
    assert set(output.data) == {"text/plain", "text/html"}
    assert 'class="snn-explore"' in output.data["text/html"]
    assert "widgets" not in done.metadata


@pytest.fixture(scope="module")
def kernel():
    """A client of a kernel that may be asked for input, as JupyterLab's is."""
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, **options):
    """What a cell makes a kernel say: pairs of a message's type and its content."""
    said = []
    client.execute_interactive(
        code,
        output_hook=lambda message: said.append((message["msg_type"], message["content"])),
        timeout=120,
        **options,
    )
    assert not [content["traceback"] for kind, content in said if kind == "error"]
    return said


def test_a_reader_gets_the_widget(kernel):
    said = run(kernel, CODE)
    (result,) = (content for kind, content in said if kind == "execute_result")
    opened = [content["comm_id"] for kind, content in said if kind == "comm_open"]
    assert set(result["data"]) == {WIDGET, "text/plain", "text/html"}
    assert result["data"][WIDGET]["model_id"] in opened


def test_a_reader_who_comes_later_gets_the_widget(kernel):
    said = run(kernel, CODE, allow_stdin=False)
    assert "comm_open" not in [kind for kind, _ in said]
    (result,) = (content for kind, content in run(kernel, "explorer") if kind == "execute_result")
    assert WIDGET in result["data"]


def test_a_figure_inside_another_widget_is_connected(kernel):
    code = "from ipywidgets import VBox\nVBox([explorer])"
    said = run(kernel, f"{CODE}\n{code}", allow_stdin=False)
    (result,) = (content for kind, content in said if kind == "execute_result")
    opened = [content for kind, content in said if kind == "comm_open"]
    assert WIDGET in result["data"]
    assert "AnyModel" in [content["data"]["state"].get("_model_name") for content in opened]
