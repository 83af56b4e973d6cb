import Simulation

/// A run as a page for the browser.
struct ReportPage {
    let html: String

    init(_ simulation: Simulation, _ report: RunReport) {
        html = """
            <!DOCTYPE html>
            <html lang="en"><meta charset="utf-8"><title>\(simulation.scenario.name)</title>
            <pre>\(report.text)</pre></html>
            """
    }
}
