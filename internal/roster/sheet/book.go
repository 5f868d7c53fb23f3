package sheet

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook is an open workbook, of which one sheet is meant.
type workbook struct {
	file  *excelize.File
	sheet string
}

// openBook opens a workbook; the first sheet is meant where none is named. The library panics on some damaged workbooks: they
// are refused like any other.
func openBook(content []byte, a *archive, sheet string) (*workbook, error) {
	if a.unpacked > maxBook {
		return nil, broken(TooMany, "has more than %d MiB once it is unpacked", maxBook>>20)
	}
	b := &workbook{sheet: sheet}
	err := careful(func() (err error) {
		b.file, err = excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxBook, UnzipXMLSizeLimit: maxBook})
		return err
	})
	if err != nil {
		return nil, damaged()
	}
	names := b.sheets()
	if sheet == "" && len(names) > 0 {
		b.sheet = names[0]
	}
	if !slices.Contains(names, b.sheet) {
		b.close()
		return nil, broken(NotOne, "has no sheet %q; it has %s", clip(sheet), clip(strings.Join(names, ", ")))
	}
	return b, nil
}

func (b *workbook) sheets() []string { return b.file.GetSheetList() }

func (b *workbook) close() { _ = careful(b.file.Close) } // it was only read

func damaged() error { return broken(Format, "is a damaged workbook") }

// careful makes an error of a panic.
func careful(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = damaged()
		}
	}()
	return do()
}

// rows visits the rows of the sheet, each decoded by itself.
func (b *workbook) rows(visit visitor) error {
	var rows *excelize.Rows
	err := careful(func() (err error) {
		rows, err = b.file.Rows(b.sheet)
		return err
	})
	if err != nil {
		return damaged()
	}
	defer func() { _ = careful(rows.Close) }()
	for row := 1; ; row++ {
		var cells []string
		more := false
		err := careful(func() (err error) {
			if more = rows.Next(); more {
				cells, err = rows.Columns(excelize.Options{RawCellValue: true})
			}
			return err
		})
		if err != nil || !more && rows.Error() != nil {
			return damaged()
		}
		if !more {
			return nil
		}
		if err := tidy("", row, cells); err != nil {
			return err
		}
		if blank(cells) {
			continue
		}
		for i, c := range cells {
			cells[i] = strings.Clone(whole(c))
		}
		if err := visit(row, cells); err != nil {
			return err
		}
	}
}

// whole writes a long number as people do: a workbook holds 1.234567890123E+12 where it shows 1234567890123.
func whole(cell string) string {
	if !strings.Contains(cell, "E+") || len(cell) > 24 || strings.Trim(cell, "0123456789.E+") != "" {
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n != float64(int64(n)) || n >= 1e15 {
		return cell
	}
	return strconv.FormatInt(int64(n), 10)
}
